package doctor

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"time"

	"cratedigger/cmd/internal/app"
	"cratedigger/config"
	"cratedigger/pipeline/catalog"
)

const tokenFix = "Copy the token from the Bot page of your application at https://discord.com/developers/applications."

// token reports a missing token, which is fine without Discord.
func (d *doctor) token() {
	switch {
	case d.noToken == "":
	case d.local:
		d.ok("Discord", "There is no token, and one person needs none: cratedigger run --local")
	default:
		d.fail("configuration", tokenFix+" Or use it without Discord: cratedigger run --local", "%s.", d.noToken)
	}
}

// configuration looks at the file, the environment and the flags.
func (d *doctor) configuration() {
	const area = "configuration"
	cfg, report, err := config.Load(d.Settings)
	d.cfg = cfg
	input := d.Settings
	input.Needs = []config.Need{config.NeedToken}
	_, _, lacking := config.Load(input)
	known, _ := errors.AsType[config.Problems](err)
	all, _ := errors.AsType[config.Problems](lacking)
	for _, p := range all {
		if p.Key == "discord.token" && !slices.ContainsFunc(known, func(k config.Problem) bool { return k.Key == p.Key }) {
			d.noToken = p.Error()
		}
	}
	if problems, ok := errors.AsType[config.Problems](err); ok {
		for _, p := range problems {
			fix := "Correct it; docs/configuration.md describes every key."
			if p.Key == "discord.token" {
				fix = tokenFix
			}
			d.fail(area, fix, "%s.", p.Error())
		}
	} else {
		where := "the defaults and the environment"
		if report.File != "" {
			where = report.File
		}
		d.ok(area, "The configuration is good (%s).", where)
	}
	for _, name := range config.UnknownVariables(os.Environ()) {
		d.warn(area, "Correct its name or unset it; docs/configuration.md lists the names.", "The variable %s means nothing: it is most likely misspelt.", name)
	}
	if report.File != "" && runtime.GOOS != "windows" {
		holds := false // secrets
		for _, v := range report.Values {
			holds = holds || v.Origin.Kind == "file" && v.Value == app.Redacted
		}
		if info, err := os.Stat(report.File); err == nil && holds && info.Mode().Perm()&0o077 != 0 {
			d.warn(area, "chmod 600 "+report.File, "%s holds a secret and can be read by others.", report.File)
		}
	}
	if a := cfg.Dashboard.Listen; a != "" && !a.Loopback() && !cfg.Dashboard.Password.IsSet() && !cfg.Dashboard.PasswordHash.IsSet() {
		d.warn(area, "Set dashboard.password (cratedigger config password FILE makes one), or dashboard.listen to a loopback address.",
			"The dashboard is off: %s is open to others and there is no password.", a)
	}
	if cfg.Dashboard.Listen != "" && app.DashboardOptions(cfg.Dashboard).Guessable() {
		d.warn(area, "cratedigger config password FILE makes a longer one, for CRATEDIGGER_DASHBOARD_PASSWORD_FILE.",
			"The dashboard's password has fewer than 12 characters, and others can try to guess it.")
	}
}

// folder examines the data folder; false if nothing more can be examined in it.
func (d *doctor) folder() bool {
	const area = "data folder"
	dir, err := filepath.Abs(d.cfg.DataDir)
	if err != nil {
		dir = d.cfg.DataDir
	}
	info, err := os.Stat(dir)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		if err := writable(existing(dir)); err != nil {
			d.fail(area, "Give the user of the bot the right to create it, or set data_dir to another folder.", "%s does not exist and cannot be created: %v.", dir, err)
			return false
		}
		d.ok(area, "%s does not exist yet; the first start creates it.", dir)
		return false
	case err != nil:
		d.fail(area, "Give the user of the bot the right to read it, or set data_dir to another folder.", "%s cannot be read: %v.", dir, err)
		return false
	case !info.IsDir():
		d.fail(area, "Set data_dir to a folder.", "%s is a file.", dir)
		return false
	}
	err = writable(dir)
	if err != nil {
		d.fail(area, "Give the user of the bot the right to write there (and see that the disk is not full or read-only).", "Nothing can be written in %s: %v.", dir, err)
		return false
	}
	if runtime.GOOS != "windows" {
		d.private(dir, info)
	}
	d.ok(area, "%s can be written.", dir)
	return true
}

// private warns if other users may enter the data folder, or may read files in it or
// in the folder of backups.
func (d *doctor) private(dir string, info fs.FileInfo) {
	const area, others = "data folder", 0o077
	if mode := info.Mode().Perm(); mode&others != 0 {
		d.warn(area, "chmod 700 "+dir, "%s is open to other users of this machine (mode %o); it holds who voted for what.", dir, mode)
	}
	var open []string
	for _, folder := range []string{dir, filepath.Join(dir, "backups")} {
		entries, _ := os.ReadDir(folder) // there may be no backups yet
		for _, e := range entries {
			if info, err := e.Info(); err == nil && info.Mode().IsRegular() && info.Mode().Perm()&others != 0 {
				open = append(open, filepath.Join(folder, e.Name()))
			}
		}
	}
	if len(open) > 0 {
		d.warn(area, "chmod 600 for each of them.", "Other users of this machine can read %d files of the data folder, such as %s.", len(open), open[0])
	}
}

// addresses checks whether the dashboard and the metrics can listen on their
// addresses.
func (d *doctor) addresses() {
	for _, listen := range []struct {
		key     string
		address config.Address
	}{{"dashboard.listen", d.cfg.Dashboard.Listen}, {"dashboard.pprof_listen", d.cfg.Dashboard.PprofListen}, {"metrics.listen", d.cfg.Metrics.Listen}} {
		if listen.address == "" {
			continue
		}
		l, err := net.Listen("tcp", string(listen.address))
		if err != nil {
			d.warn("addresses", fmt.Sprintf("Set %s to a free address, such as 127.0.0.1:8081, or in the file to \"\" for none.", listen.key),
				"Nothing can listen on %s (%s): %v.", listen.address, listen.key, err)
			continue
		}
		l.Close()
		d.ok("addresses", "%s (%s) is free.", listen.address, listen.key)
	}
}

// existing returns the nearest folder above dir that exists.
func existing(dir string) string {
	for {
		parent := filepath.Dir(dir)
		if _, err := os.Stat(parent); err == nil || parent == dir {
			return parent
		}
		dir = parent
	}
}

// writable writes 4096 bytes to a new file in a folder and removes it again.
func writable(dir string) error {
	probe, err := os.CreateTemp(dir, ".doctor-*")
	if err != nil {
		return err
	}
	_, err = probe.Write(make([]byte, 4096))
	return errors.Join(err, probe.Close(), os.Remove(probe.Name()))
}

// openCatalogue opens the catalogue if no bot holds it. It does not change a damaged
// file, nor one of an older schema.
func (d *doctor) openCatalogue() {
	const area = "catalogue"
	path := filepath.Join(d.cfg.DataDir, app.CatalogueFile)
	_, missing := os.Stat(path)
	_, unmarked := os.Stat(path + ".id")
	if errors.Is(missing, fs.ErrNotExist) && errors.Is(unmarked, fs.ErrNotExist) {
		d.ok(area, "There is no catalogue yet; the first start creates it.")
		return
	}
	if info, err := os.Stat(path); err == nil && info.Size() > 0 {
		if err := app.Verify(d.ctx, path); err != nil {
			d.fail(area, catalogueFix(err), "%v.", err)
			return
		}
	}
	p, err := app.OpenAsItIs(d.cfg, d.Now) // it was checked above
	if err != nil {
		d.fail(area, catalogueFix(err), "%v.", err)
		return
	}
	if g, found, err := p.Catalog.Guild(d.ctx, catalog.LocalGuild); err == nil && found && g.LeftAt.IsZero() {
		d.local = d.noToken != ""
	}
	p.Local = d.local
	d.parts = p
	d.catalogue(p.Catalog)
}

// catalogueFix is the advice about an error of the catalogue. Most of these errors say
// themselves what to do.
func catalogueFix(err error) string {
	var busy *catalog.BusyError
	var newer *catalog.NewerError
	switch {
	case errors.As(err, &busy):
		return "Another program holds the file, and it is not a bot that answers. Stop it."
	case errors.As(err, &newer):
		return "Install the newer version again, or restore a backup from before the upgrade."
	}
	return "cratedigger restore puts the newest backup in its place (see docs/operating.md); the damaged file is kept."
}

// clock compares this machine's clock with that of the answers from outside.
func (d *doctor) clock() {
	const area = "clock"
	now := d.Now()
	if now.Year() < 2026 {
		d.fail(area, "Set the clock (timedatectl set-ntp true).", "The clock says %s.", now.UTC().Format(time.DateTime))
		return
	}
	zone := "UTC"
	if d.cfg != nil {
		zone = string(d.cfg.Defaults.Zone)
	}
	local := now
	if loc, err := time.LoadLocation(zone); err == nil {
		local = now.In(loc)
	}
	shown := fmt.Sprintf("It is %s in %s, the zone of new guilds.", local.Format("Monday 15:04"), zone)
	const most = 2 * time.Minute
	if d.skewed && d.skew.Abs() > most {
		d.warn(area, "Set the clock (timedatectl set-ntp true): schedules would fire at the wrong time.",
			"This machine's clock differs by %s from the servers' that answered. %s", d.skew.Abs().Round(time.Second), shown)
		return
	}
	d.ok(area, "%s", shown)
}
