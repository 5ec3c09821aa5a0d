package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Limits of what is read.
const (
	maxFile   = 1 << 20
	maxSecret = 64 << 10
	maxItems  = 1000 // of a list
)

// Need is something that a command cannot do without.
type Need int

// What a command may need. The data folder has a default and needs no mention.
const (
	NeedToken Need = iota // discord.token
)

// Input says where [Load] looks.
type Input struct {
	// File is the path of the YAML file; "" for none.
	File string
	// Getenv returns an environment variable, "" when it is not set; nil for no
	// environment.
	Getenv func(string) string
	// Flags are values of the command line by key. They are written as in the
	// environment.
	Flags map[string]string
	// Defaults says what is wrong with the defaults of a guild; nil takes all. The
	// error is for when it cannot be said.
	Defaults func(Guild) ([]Fault, error)
	// Needs are what must be set.
	Needs []Need
}

// Fault is one thing that is wrong with the defaults of a guild.
type Fault struct {
	Key  string // below defaults, such as "picks" or "queries[1].pages"
	Text string // as in a Problem
}

// DefaultFile is the configuration file that is read when none is named.
const DefaultFile = "config.yaml"

// Find returns the file to read: the named one, else the one that
// CRATEDIGGER_CONFIG names, else [DefaultFile] when there is one, else "".
func Find(named string, getenv func(string) string) string {
	if named != "" {
		return named
	}
	if name := getenv("CRATEDIGGER_CONFIG"); name != "" {
		return name
	}
	if _, err := os.Stat(DefaultFile); err == nil {
		return DefaultFile
	}
	return ""
}

// loader collects values and problems on their way into a Config.
type loader struct {
	in       Input
	config   *Config
	settings []setting
	sections []section
	origin   map[string]Origin // by key; keys not in it have their default
	problems Problems
	unread   bool // the file is no YAML: what it sets is not known
}

// Load returns the settings. The error is of type [Problems] and holds all that
// is wrong; the Config and the Report are returned in any case, with the
// default for each setting that has a problem.
func Load(in Input) (*Config, *Report, error) {
	l := &loader{in: in, config: Default(), origin: map[string]Origin{}}
	l.settings, l.sections = walk(l.config)
	if in.File != "" {
		l.file(in.File)
	}
	if in.Getenv != nil {
		l.environment()
	}
	l.flags()
	l.tidy("discord.token", &l.config.Discord.Token)
	l.tidy("youtube.api_key", &l.config.YouTube.APIKey)
	l.check()
	report := &Report{File: in.File}
	for _, s := range l.settings {
		report.Values = append(report.Values, Value{s.key, show(s.value), l.from(s.key)})
	}
	if len(l.problems) > 0 {
		return l.config, report, l.problems
	}
	return l.config, report, nil
}

// from returns the origin of a key.
func (l *loader) from(key string) Origin {
	if origin, ok := l.origin[key]; ok {
		return origin
	}
	return Origin{Kind: "default"}
}

func (l *loader) problem(key string, origin Origin, format string, args ...any) {
	l.problems = append(l.problems, Problem{key, origin, fmt.Sprintf(format, args...)})
}

// wrong records a value that cannot be read. A secret's value is not repeated.
func (l *loader) wrong(s setting, key string, origin Origin, text string, err error) {
	if s.secret() {
		l.problem(key, origin, "must be %v", err)
		return
	}
	l.problem(key, origin, "must be %v, not %s", err, quote(text))
}

// quote quotes what somebody wrote, cut where it is long and without the
// password of an address.
func quote(text string) string {
	const most = 60
	text = userinfo.ReplaceAllString(text, "://"+redacted+"@")
	if len(text) > most {
		text = strings.ToValidUTF8(text[:most], "") + "…"
	}
	return strconv.Quote(text)
}

// userinfo is the name and the password in an address.
var userinfo = regexp.MustCompile(`://[^/\s]*@`)

// environment reads the variables of all settings, and PORT.
func (l *loader) environment() {
	for _, s := range l.settings {
		name := s.variable()
		text := l.in.Getenv(name)
		origin := Origin{Kind: "environment", Name: name}
		if s.secret() {
			if path := l.in.Getenv(name + "_FILE"); path != "" {
				if text != "" {
					l.problem(s.key, origin, "%s and %s_FILE are both set; unset one of them", name, name)
					continue
				}
				origin.Name += "_FILE"
				var err error
				if text, err = readSecret(path); err != nil {
					l.problem(s.key, origin, "%v", err)
					continue
				}
			}
		}
		if text != "" {
			l.text(s, origin, text)
		}
	}
	port := l.in.Getenv("PORT")
	if port == "" || l.origin["dashboard.listen"].Kind != "" {
		return
	}
	origin := Origin{Kind: "environment", Name: "PORT"}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 {
		l.problem("dashboard.listen", origin, "must be a port from 1 to 65535, not %s", quote(port))
		return
	}
	l.config.Dashboard.Listen = Address(":" + port)
	l.origin["dashboard.listen"] = origin
}

// readSecret returns what a file holds, without the line end that editors add.
func readSecret(path string) (string, error) {
	f, err := OpenFile(path)
	if err != nil {
		return "", fmt.Errorf("the file that it names cannot be read: %w", err)
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxSecret+1))
	if err != nil {
		return "", fmt.Errorf("the file that it names cannot be read: %w", err)
	}
	if len(data) > maxSecret {
		return "", fmt.Errorf("the file that it names, %s, is too large to be a secret", path)
	}
	text := strings.TrimSpace(string(data))
	if text == "" {
		return "", fmt.Errorf("the file that it names, %s, is empty", path)
	}
	return text, nil
}

// flags reads the values of the command line, in the order of the settings.
func (l *loader) flags() {
	for _, s := range l.settings {
		if text, ok := l.in.Flags[s.key]; ok {
			l.text(s, Origin{Kind: "flag", Name: "command line"}, text)
		}
	}
	for key := range l.in.Flags {
		if !slices.ContainsFunc(l.settings, func(s setting) bool { return s.key == key }) {
			l.problem(key, Origin{Kind: "flag", Name: "command line"}, "there is no such key")
		}
	}
}

// text sets a value from the one string of a variable or a flag. A list is
// parted at line ends and semicolons; one that begins with [ is read as YAML.
func (l *loader) text(s setting, origin Origin, text string) {
	if !s.list() {
		if err := s.set(text); err != nil {
			l.wrong(s, s.key, origin, text, err)
			return
		}
		l.origin[s.key] = origin
		return
	}
	if strings.HasPrefix(strings.TrimSpace(text), "[") {
		if node, ok := l.parse(origin, s.key, []byte(text)); ok {
			l.node(s, origin, node)
		}
		return
	}
	parts := strings.FieldsFunc(text, func(r rune) bool {
		return r == ';' || r == '\n' || r == ',' && (s.value.Type() == reflect.TypeFor[[]ID]() || s.value.Type() == reflect.TypeFor[[]Network]())
	})
	list := reflect.MakeSlice(s.value.Type(), len(parts), len(parts))
	for i, part := range parts {
		part = strings.TrimSpace(part)
		if err := setScalar(list.Index(i), s.tag, part); err != nil {
			l.wrong(s, s.key, origin, part, err)
			return
		}
	}
	s.value.Set(list)
	l.origin[s.key] = origin
}

// tidy takes away what is copied along with a token or a key: spaces and line
// ends, quotes (docker run --env-file keeps them), and the word "Bot" that
// stands before a token in a request.
func (l *loader) tidy(key string, s *Secret) {
	text := strings.TrimSpace(strings.Trim(strings.TrimSpace(s.Reveal()), `"'`))
	text = strings.TrimSpace(strings.TrimPrefix(text, "Bot "))
	if strings.ContainsFunc(text, func(r rune) bool { return r <= ' ' || r > '~' }) {
		l.problem(key, l.from(key), "must be one word of plain letters, digits and signs, as it was shown where it was made")
		text = ""
	}
	*s = NewSecret(text)
}

// check looks at what one value alone cannot tell.
func (l *loader) check() {
	c := l.config
	if l.in.Defaults != nil {
		faults, err := l.in.Defaults(c.Defaults)
		if err != nil {
			l.problem("defaults", Origin{}, "cannot be checked: %v", err)
		}
		l.faults(faults)
	}
	if c.YouTube.Source == "api" && !c.YouTube.APIKey.IsSet() {
		l.problem("youtube.source", l.from("youtube.source"), `is "api", which needs youtube.api_key`)
	}
	if _, ok := parseOrigin(c.YouTube.Proxy.Reveal()); !ok && c.YouTube.Proxy.IsSet() {
		l.problem("youtube.proxy", l.from("youtube.proxy"), "must be an address such as http://127.0.0.1:3128 or http://name:password@127.0.0.1:3128, without a path")
		c.YouTube.Proxy = Secret{}
	}
	if strings.ContainsFunc(c.YouTube.Cookie.Reveal(), unicode.IsControl) {
		l.problem("youtube.cookie", l.from("youtube.cookie"), "must be one line, as a browser sends it")
		c.YouTube.Cookie = Secret{}
	}
	if c.Dashboard.Password.IsSet() && c.Dashboard.PasswordHash.IsSet() {
		l.problem("dashboard.password_hash", l.from("dashboard.password_hash"), "dashboard.password is set too; remove one of them")
	}
	if a := c.Dashboard.PprofListen; a != "" && !a.Loopback() {
		l.problem("dashboard.pprof_listen", l.from("dashboard.pprof_listen"), "must be a loopback address such as 127.0.0.1:6060, not %s", quote(string(a)))
	}
	if c.Dashboard.PprofListen != "" && c.Dashboard.Listen == "" {
		l.problem("dashboard.pprof_listen", l.from("dashboard.pprof_listen"), "needs dashboard.listen: the profiler runs beside the dashboard")
	}
	if c.DataDir == "" {
		l.problem("data_dir", l.from("data_dir"), "must not be empty")
	}
	if slices.Contains(l.in.Needs, NeedToken) && !c.Discord.Token.IsSet() && !l.unread &&
		!slices.ContainsFunc(l.problems, func(p Problem) bool { return p.Key == "discord.token" }) {
		where := "in the environment"
		if l.in.File != "" {
			where = "in " + l.in.File + " or in the environment"
		}
		l.problem("discord.token", Origin{}, "is missing; set it %s, as CRATEDIGGER_DISCORD_TOKEN or as CRATEDIGGER_DISCORD_TOKEN_FILE", where)
	}
}

// faults records what is wrong with the defaults of a guild, each at the place of
// its part of a list when the list came from there, and takes the built-in ones.
func (l *loader) faults(faults []Fault) {
	builtIn, _ := walk(Default())
	for _, f := range faults {
		key := "defaults." + f.Key
		i := slices.IndexFunc(l.settings, func(s setting) bool { return s.key == key || strings.HasPrefix(key, s.key+"[") })
		top := l.settings[i].key
		place := l.from(top)
		for part := key; len(part) > len(top); part = part[:strings.LastIndexAny(part, ".[")] {
			if o, ok := l.origin[part]; ok && o.Kind == place.Kind {
				place = o
				break
			}
		}
		l.problem(key, place, "%s", f.Text)
		l.settings[i].value.Set(builtIn[i].value)
	}
	for _, f := range faults {
		top, _, _ := strings.Cut("defaults."+f.Key, "[")
		delete(l.origin, top)
	}
}

// UnknownVariables returns the names in environ ("NAME=value") that begin with
// CRATEDIGGER_ and mean nothing here: most likely they are misspelt.
func UnknownVariables(environ []string) []string {
	settings, _ := walk(Default())
	known := map[string]bool{"CRATEDIGGER_CONFIG": true, "CRATEDIGGER_TESTDATA": true, "CRATEDIGGER_LONG": true}
	for _, s := range settings {
		known[s.variable()] = true
		if s.secret() {
			known[s.variable()+"_FILE"] = true
		}
	}
	var unknown []string
	for _, entry := range environ {
		name, _, _ := strings.Cut(entry, "=")
		if strings.HasPrefix(name, "CRATEDIGGER_") && !known[name] {
			unknown = append(unknown, name)
		}
	}
	slices.Sort(unknown)
	return unknown
}

// file reads the YAML file.
func (l *loader) file(path string) {
	origin := Origin{Kind: "file", Name: path}
	f, err := OpenFile(path)
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			l.problem("", origin, "there is no such file; `cratedigger config init` writes one")
		} else {
			l.problem("", origin, "the file cannot be read: %v", err)
		}
		return
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	switch {
	case err != nil:
		l.problem("", origin, "the file cannot be read: %v", err)
	case len(data) > maxFile:
		l.problem("", origin, "the file is larger than %s; a configuration is not", Bytes(maxFile))
	default:
		if node, ok := l.parse(origin, "", data); ok {
			l.mapping(node, origin, "")
		}
	}
}
