# syntax=docker/dockerfile:1

FROM golang:1.26-bookworm AS build
WORKDIR /src
COPY go.mod go.sum ./
RUN go mod download
# With .git, so that the binary knows its version.
COPY . .
RUN CGO_ENABLED=0 go build -trimpath -ldflags=-s -o /out/cratedigger ./cmd/cratedigger
RUN mkdir -p /out/data

# Nothing but the binary (which holds the time zones) and the certificates of
# the authorities that Discord and YouTube are known by.
FROM scratch
COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/ca-certificates.crt
COPY --from=build /out/cratedigger /usr/local/bin/cratedigger
COPY --from=build --chown=65532:65532 /out/data /data
COPY LICENSE /LICENSE
USER 65532:65532
# PORT puts the dashboard on every address of the container, where it needs a
# password; a platform that sets PORT itself overrides it.
ENV CRATEDIGGER_DATA_DIR=/data PORT=8080
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=10s --start-period=60s --retries=3 CMD ["/usr/local/bin/cratedigger", "doctor", "--quick"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["/usr/local/bin/cratedigger"]
CMD ["run"]
