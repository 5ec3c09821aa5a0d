//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"cratedigger/cmd/internal/app"
	"cratedigger/cmd/internal/socket"
	"cratedigger/internal/fakediscord"
	"cratedigger/internal/fakeyoutube"
	"cratedigger/pipeline/catalog/bolt"
)

// execute runs a command line in this process, on a data folder.
func execute(t *testing.T, dir, stdin string, args ...string) (code int, out, errOut string) {
	t.Helper()
	var o, e bytes.Buffer
	inv := &invocation{
		ctx: t.Context(), in: strings.NewReader(stdin), out: &o, errOut: &e, now: time.Now,
		files: socket.LocalFiles{In: strings.NewReader(stdin), Out: &o},
		getenv: func(name string) string {
			return map[string]string{"CRATEDIGGER_DATA_DIR": dir}[name]
		},
	}
	code = inv.execute(args)
	return code, o.String(), e.String()
}

const someLabels = "video_id,title,y\naaaaaaaaaaa,One,1\nbbbbbbbbbbb,=Two,0\nccccccccccc,Three,\n"

func TestLabelsCommands(t *testing.T) {
	dir := t.TempDir()
	code, out, errOut := execute(t, dir, someLabels, "labels", "import", "--dry-run", "-")
	if code != 0 || !strings.Contains(out, "Would import 2 labels") {
		t.Fatal(code, out, errOut)
	}
	if code, out, errOut = execute(t, dir, "", "labels", "export"); code != 0 || strings.Count(out, "\n") != 1 {
		t.Errorf("a dry run left labels: %d %q %q", code, out, errOut)
	}
	if code, out, errOut = execute(t, dir, someLabels, "labels", "import", "-"); code != 0 || !strings.Contains(out, "Imported 2 labels (1 liked, 1 not) from 3 rows") {
		t.Fatal(code, out, errOut)
	}
	code, out, errOut = execute(t, dir, "", "labels", "export")
	if code != 0 || !strings.Contains(out, "aaaaaaaaaaa,One,") || !strings.Contains(out, ",'=Two,") || strings.Contains(out, "ccccccccccc") {
		t.Errorf("export: %d %q %q", code, out, errOut)
	}
	file := filepath.Join(t.TempDir(), "todo.csv")
	if code, out, errOut = execute(t, dir, "", "labels", "export", "--unlabelled", file); code != 0 {
		t.Fatal(code, out, errOut)
	}
	if data, err := os.ReadFile(file); err != nil || strings.Count(string(data), "\n") != 2 || !strings.Contains(string(data), "ccccccccccc,Three") {
		t.Errorf("unlabelled: %q %v", data, err)
	}
	code, _, errOut = execute(t, dir, "video_id,title,y\nddddddddddd,Four,1\n,Five,1\n", "labels", "import", "-")
	if code == 0 || !strings.Contains(errOut, "line 3") || !strings.Contains(errOut, "nothing was imported") {
		t.Errorf("a file with a bad line: %d %q", code, errOut)
	}
	if code, _, errOut = execute(t, dir, someLabels, "labels", "import", "--guild", "77", "-"); code == 0 || !strings.Contains(errOut, "not known") {
		t.Errorf("an unknown guild: %d %q", code, errOut)
	}
}

func TestBackupCheckRestore(t *testing.T) {
	dir := t.TempDir()
	if code, _, errOut := execute(t, dir, someLabels, "labels", "import", "-"); code != 0 {
		t.Fatal(errOut)
	}
	code, out, errOut := execute(t, dir, "", "backup")
	backup := strings.TrimSpace(out)
	if code != 0 || filepath.Dir(backup) != filepath.Join(dir, "backups") {
		t.Fatal(code, out, errOut)
	}
	elsewhere := filepath.Join(t.TempDir(), "copy.db")
	if code, _, errOut := execute(t, dir, "", "backup", elsewhere); code != 0 {
		t.Fatal(errOut)
	}
	for _, file := range []string{backup, elsewhere} {
		if code, out, errOut := execute(t, dir, "", "check", "--file", file); code != 0 || !strings.Contains(out, "clean") {
			t.Error(code, out, errOut)
		}
	}
	if code, _, errOut := execute(t, dir, "video_id,y\naaaaaaaaaaa,0\n", "labels", "import", "-"); code != 0 {
		t.Fatal(errOut)
	}
	code, out, errOut = execute(t, dir, "", "restore")
	if code != 0 || !strings.Contains(out, "Restored") || !strings.Contains(out, ".before-restore-") {
		t.Fatal(code, out, errOut)
	}
	if _, out, _ := execute(t, dir, "", "labels", "export"); !strings.Contains(out, "aaaaaaaaaaa") || !strings.Contains(out, ",1,") {
		t.Errorf("the restored label: %q", out)
	}
}

func TestCorruptCatalogueCommands(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, app.CatalogueFile)
	if code, _, errOut := execute(t, dir, "", "check"); code != 1 || errOut == "" {
		t.Errorf("nothing there: %d %q", code, errOut)
	}
	if code, _, errOut := execute(t, dir, someLabels, "labels", "import", "-"); code != 0 {
		t.Fatal(errOut)
	}
	if code, _, errOut := execute(t, dir, "", "backup"); code != 0 {
		t.Fatal(errOut)
	}
	held, err := bolt.Open(path, bolt.Options{})
	if err != nil {
		t.Fatal(err)
	}
	for _, command := range []string{"check", "restore", "backup"} {
		code, _, errOut := execute(t, dir, "", command)
		if code == 0 || !strings.Contains(errOut, "held by another process") {
			t.Errorf("%s of a held file: %d %q", command, code, errOut)
		}
		if command == "check" && code != app.ExitBusy {
			t.Errorf("check of a held file exits with %d", code)
		}
	}
	held.Close()
	if err := os.Truncate(path, 3*4096); err != nil {
		t.Fatal(err)
	}
	if code, _, errOut := execute(t, dir, "", "check"); code != app.ExitDamaged || !strings.Contains(errOut, "damaged") {
		t.Errorf("a damaged file: %d %q", code, errOut)
	}
	code, _, errOut := execute(t, dir, "", "labels", "export")
	if code == 0 || !strings.Contains(errOut, "set aside") || !strings.Contains(errOut, "cratedigger restore ") {
		t.Errorf("a command on a damaged file: %d %q", code, errOut)
	}
	if code, _, errOut := execute(t, dir, "", "labels", "export"); code == 0 || !strings.Contains(errOut, "forget every vote") {
		t.Errorf("and another: %d %q", code, errOut)
	}
	if code, out, errOut := execute(t, dir, "", "restore"); code != 0 {
		t.Fatal(code, out, errOut)
	}
	if code, out, errOut := execute(t, dir, "", "labels", "export"); code != 0 || !strings.Contains(out, "aaaaaaaaaaa") {
		t.Error(code, out, errOut)
	}
}

// TestCorruptUnderTheRunningBot damages the file of a running bot. It must not
// go on without a memory: it ends, and the next start restores the backup.
func TestCorruptUnderTheRunningBot(t *testing.T) {
	w := newTown(t, fakeyoutube.Options{Seed: 1, Videos: 30}, nil)
	env := []string{
		"CRATEDIGGER_DISCORD_TOKEN=" + w.discord.Token(), "CRATEDIGGER_DISCORD_BASE_URL=" + w.discord.URL(),
		"CRATEDIGGER_YOUTUBE_BASE_URL=" + w.youtube.URL(), "CRATEDIGGER_YOUTUBE_FEED_BASE_URL=" + w.youtube.URL(),
		"CRATEDIGGER_STORE_ON_CORRUPT=restore", "CRATEDIGGER_STORE_MIN_FREE_BYTES=1MiB", "CRATEDIGGER_DASHBOARD_LISTEN=127.0.0.1:0",
	}
	start := func() (*exec.Cmd, *bytes.Buffer) {
		bot, out := program(t, w.dir, env, "run")
		if err := bot.Start(); err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { bot.Process.Kill() })
		if err := w.discord.Until(w.wait(), func() bool { return w.discord.Connected() > 0 }); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		return bot, out
	}
	bot, out := start()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		_, said, errOut := execute(t, w.dir, "", "check") // until the bot has met the guild
		if strings.Contains(said, "1 guilds") {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(said, errOut)
		}
	}
	if code, _, errOut := execute(t, w.dir, "", "backup"); code != 0 {
		t.Fatal(errOut)
	}
	if err := os.Truncate(filepath.Join(w.dir, app.CatalogueFile), 2*int64(os.Getpagesize())); err != nil {
		t.Fatal(err)
	}
	if _, err := w.discord.Interact(fakediscord.Interaction{ChannelID: w.channel, MemberID: w.admin, Command: "status"}); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := bot.Wait(); !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Errorf("the bot ended with %v\n%s", err, out)
	}
	if !strings.Contains(out.String(), "is damaged") {
		t.Errorf("it does not say why:\n%s", out)
	}
	bot, out = start()
	if err := bot.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := bot.Wait(); err != nil {
		t.Errorf("after the restart: %v\n%s", err, out)
	}
	if !strings.Contains(out.String(), "the newest good backup was restored") {
		t.Errorf("nothing was restored:\n%s", out)
	}
	if code, out, errOut := execute(t, w.dir, "", "check"); code != 0 || !strings.Contains(out, "1 guilds") {
		t.Errorf("check: %d %s %s", code, out, errOut)
	}
}

// program starts this test binary as the program, with everything it says in
// one buffer.
func program(t *testing.T, dir string, env []string, args ...string) (*exec.Cmd, *bytes.Buffer) {
	t.Helper()
	cmd := exec.Command(os.Args[0], args...)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	cmd.Dir = dir
	cmd.Env = append([]string{asProgram + "=1", "PATH=" + os.Getenv("PATH"), "HOME=" + dir, "CRATEDIGGER_DATA_DIR=" + dir, "CRATEDIGGER_LOG_LEVEL=debug"}, env...)
	return cmd, &out
}

// TestTokenIsNowhere runs the program and its commands at the most verbose
// level, with a token that is taken and one that is refused, and looks for the
// token in all that was said and in all that was written.
func TestTokenIsNowhere(t *testing.T) {
	const token = "MTA5NzYxMjM0NTY3ODkwMTIzNA.GhIjKl.qT3xY7zW-aBcDeFgHiJkLmNoPqRsTuVwXyZ012"
	const key = "AIzaSyA1234567890abcdefghijklmnopqrstuv"
	discord, err := fakediscord.New(fakediscord.Options{Token: token})
	if err != nil {
		t.Fatal(err)
	}
	defer discord.Close()
	video, err := fakeyoutube.New(fakeyoutube.Options{Seed: 1, Videos: 30})
	if err != nil {
		t.Fatal(err)
	}
	defer video.Close()
	guild := discord.AddGuild(fakediscord.Guild{Name: "Crate"})
	channel := discord.AddChannel(guild, fakediscord.Channel{Name: "music"})
	admin := discord.AddMember(guild, fakediscord.Member{Name: "Ada", Permissions: fakediscord.PermManageGuild})
	env := []string{
		"CRATEDIGGER_DISCORD_BASE_URL=" + discord.URL(), "CRATEDIGGER_YOUTUBE_BASE_URL=" + video.URL(),
		"CRATEDIGGER_YOUTUBE_API_BASE_URL=" + video.URL(), "CRATEDIGGER_YOUTUBE_FEED_BASE_URL=" + video.URL(),
		"CRATEDIGGER_YOUTUBE_API_KEY=" + key, "CRATEDIGGER_YOUTUBE_SOURCE=web", "CRATEDIGGER_STORE_MIN_FREE_BYTES=1MiB",
		"CRATEDIGGER_YOUTUBE_REQUEST_INTERVAL=0s", "CRATEDIGGER_DISCORD_FATAL_WAIT=0s",
	}
	dir := t.TempDir()
	var said strings.Builder

	bot, out := program(t, dir, append(env, "CRATEDIGGER_DISCORD_TOKEN="+token), "run")
	if err := bot.Start(); err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	if err := discord.Until(ctx, func() bool { return discord.Connected() > 0 }); err != nil {
		bot.Process.Kill()
		t.Fatalf("%v\n%s", err, out)
	}
	if call, err := discord.Interact(fakediscord.Interaction{ChannelID: channel, MemberID: admin, Command: "status"}); err == nil {
		if err := call.Wait(ctx); err != nil {
			t.Error(err)
		}
	}
	discord.Break(func(r *http.Request) *fakediscord.Fault { return &fakediscord.Fault{Status: 500, Body: "no"} })
	for _, args := range [][]string{{"config", "show"}, {"doctor"}, {"scrape", "--guild", guild}, {"rank", "--guild", guild}, {"check"}, {"backup"}, {"labels", "export"}, {"version"}, {"--help"}} {
		cmd, out := program(t, dir, append(env, "CRATEDIGGER_DISCORD_TOKEN="+token), args...)
		_ = cmd.Run() // also what fails must not tell
		said.WriteString(out.String())
	}
	discord.Break(nil)
	discord.CutGateway()
	if err := bot.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := bot.Wait(); err != nil {
		t.Errorf("the bot did not stop cleanly: %v\n%s", err, out)
	}
	said.WriteString(out.String())

	refused := token[:len(token)-1] + "9"
	bot, out = program(t, t.TempDir(), append(env, "CRATEDIGGER_DISCORD_TOKEN="+refused), "run")
	var exit *exec.ExitError
	if err := bot.Run(); !errors.As(err, &exit) || exit.ExitCode() != app.ExitFatal {
		t.Errorf("with a refused token the program ends with %v\n%s", err, out)
	}
	said.WriteString(out.String())

	if said.Len() < 1000 {
		t.Errorf("little was said: %q", said.String())
	}
	for _, secret := range []string{token, refused, key, token[:26]} {
		if at := strings.Index(said.String(), secret); at >= 0 {
			text := said.String()
			t.Errorf("a secret was said: …%s", text[max(0, at-200):at])
		}
	}
	err = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		data, err := os.ReadFile(path)
		if bytes.Contains(data, []byte(token)) || bytes.Contains(data, []byte(key)) {
			t.Errorf("%s holds a secret", path)
		}
		return err
	})
	if err != nil {
		t.Error(err)
	}
}

// TestTokenRefusedWaitIsEndedBySIGTERM sends the signal that a container is
// stopped with to the real program while it waits.
func TestTokenRefusedWaitIsEndedBySIGTERM(t *testing.T) {
	d, err := fakediscord.New(fakediscord.Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	bot, _ := program(t, t.TempDir(), []string{
		"CRATEDIGGER_DISCORD_TOKEN=wrong", "CRATEDIGGER_DISCORD_BASE_URL=" + d.URL(), "CRATEDIGGER_DISCORD_FATAL_WAIT=1h",
		"CRATEDIGGER_STORE_MIN_FREE_BYTES=1MiB", "CRATEDIGGER_DASHBOARD_LISTEN=127.0.0.1:0", "KUBERNETES_SERVICE_HOST=10.0.0.1",
	}, "run")
	var out buffer
	bot.Stdout, bot.Stderr = &out, &out
	if err := bot.Start(); err != nil {
		t.Fatal(err)
	}
	defer bot.Process.Kill()
	for deadline := time.Now().Add(time.Minute); !strings.Contains(out.String(), "waiting before ending"); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it does not say that it waits:\n%s", out.String())
		}
	}
	if err := bot.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	var exit *exec.ExitError
	if err := bot.Wait(); !errors.As(err, &exit) || exit.ExitCode() != app.ExitFatal {
		t.Errorf("it ended with %v\n%s", err, out.String())
	}
	asked := 0
	for _, r := range d.Requests() {
		if strings.HasSuffix(r.Path, "/gateway/bot") { // where the token is refused
			asked++
		}
	}
	if _, identifies, _ := d.GatewayCounts(); identifies != 0 || asked != 1 {
		t.Errorf("it asked for the gateway %d times, and identified %d times", asked, identifies)
	}
}

// TestFilesAreTheOwnersAlone: nobody else on the machine may read what the bot
// keeps, or reach its socket.
func TestFilesAreTheOwnersAlone(t *testing.T) {
	s, d := newShell(t)
	guild := d.AddGuild(fakediscord.Guild{Name: "Test"})
	s.running(d)
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		_, errOut, code := s.typed("", "scrape", "--guild", guild) // until the bot has met the guild
		if code == 0 {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal(errOut)
		}
	}
	if _, errOut, code := s.typed("", "backup"); code != 0 {
		t.Fatal(errOut)
	}
	seen := 0
	err := filepath.WalkDir(s.env["CRATEDIGGER_DATA_DIR"], func(path string, e os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := e.Info()
		if err == nil && info.Mode().Perm()&0o077 != 0 {
			t.Errorf("%s has the mode %v", path, info.Mode())
		}
		seen++
		return err
	})
	if err != nil || seen < 6 {
		t.Errorf("%d files looked at: %v", seen, err)
	}
}

// TestDiskDoubleStartOfTheProgram starts a second bot on the same data folder.
func TestDiskDoubleStartOfTheProgram(t *testing.T) {
	w := newTown(t, fakeyoutube.Options{Seed: 1, Videos: 20}, nil)
	w.start()
	cmd, out := program(t, w.dir, []string{"CRATEDIGGER_DISCORD_TOKEN=" + w.discord.Token(), "CRATEDIGGER_DISCORD_BASE_URL=" + w.discord.URL()}, "run")
	if err := cmd.Run(); err == nil || !strings.Contains(out.String(), "held by another process") {
		t.Errorf("a second bot: %v\n%s", err, out)
	}
	if connections, _, _ := w.discord.GatewayCounts(); connections != 1 {
		t.Errorf("%d connections: the second bot got as far as Discord", connections)
	}
	// The commands still find the first one.
	for _, args := range [][]string{{"check"}, {"backup"}, {"labels", "export"}} {
		if code, out, errOut := execute(t, w.dir, "", args...); code != 0 {
			t.Errorf("%v beside the running bot: %d %s %s", args, code, out, errOut)
		}
	}
	if code, _, errOut := execute(t, w.dir, "", "restore"); code == 0 || !strings.Contains(errOut, "held by another process") {
		t.Errorf("restore beside the running bot: %d %s", code, errOut)
	}
}

// TestEmptyCatalogueIsAnsweredAlike: a file of no bytes is a catalogue that was
// lost where its marker says that there was one, and otherwise one that begins.
func TestEmptyCatalogueIsAnsweredAlike(t *testing.T) {
	const lost = "is missing or empty, though its marker says that it was in use"
	for _, args := range [][]string{
		{"check"}, {"rank"}, {"train"}, {"labels", "export", "-"}, {"model", "list"}, {"backup", "-"}, {"doctor"},
	} {
		for _, used := range []bool{true, false} {
			dir := t.TempDir()
			path := filepath.Join(dir, app.CatalogueFile)
			if err := os.WriteFile(path, nil, 0o600); err != nil {
				t.Fatal(err)
			}
			if used {
				if err := os.WriteFile(path+".id", []byte("x\n"), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			code, out, errOut := execute(t, dir, "", args...)
			if said := strings.Contains(out+errOut, lost); said != used || used && code == 0 || !used && code != 0 && args[0] != "doctor" {
				t.Errorf("%v, in use %t: exit %d, %q, %q", args, used, code, out, errOut)
			}
			if info, err := os.Stat(path); err != nil || used && info.Size() > 0 {
				t.Errorf("%v, in use %t: the file was written, or is gone: %v", args, used, err)
			}
		}
	}
	// Where the file is gone, the marker speaks too.
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, app.CatalogueFile+".id"), []byte("x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if code, _, errOut := execute(t, dir, "", "check"); code == 0 || !strings.Contains(errOut, lost) {
		t.Errorf("exit %d, %q", code, errOut)
	}
}
