package config

import (
	"errors"
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"
)

// setting is one field of a Config that holds a value.
type setting struct {
	key   string // "youtube.base_url"
	path  string // "YouTube.BaseURL", the name of its doc comment
	value reflect.Value
	tag   reflect.StructTag
}

// section is a field of a Config that holds settings.
type section struct {
	key  string
	name string // of its type
}

// walk lists the settings of c in the order of the struct, and its sections.
func walk(c *Config) (settings []setting, sections []section) {
	var visit func(v reflect.Value, key string)
	visit = func(v reflect.Value, key string) {
		t := v.Type()
		for i := range t.NumField() {
			f := t.Field(i)
			k := key + f.Tag.Get("key")
			if f.Type.Kind() == reflect.Struct && f.Type != reflect.TypeFor[Secret]() {
				sections = append(sections, section{k, f.Type.Name()})
				visit(v.Field(i), k+".")
				continue
			}
			settings = append(settings, setting{k, t.Name() + "." + f.Name, v.Field(i), f.Tag})
		}
	}
	visit(reflect.ValueOf(c).Elem(), "")
	return settings, sections
}

// variable is the environment variable of the setting.
func (s setting) variable() string {
	return "CRATEDIGGER_" + strings.ToUpper(strings.ReplaceAll(s.key, ".", "_"))
}

func (s setting) secret() bool { return s.value.Type() == reflect.TypeFor[Secret]() }

func (s setting) list() bool { return s.value.Kind() == reflect.Slice }

// set reads a value that is not a list from text. Its error stands after
// "must be".
func (s setting) set(text string) error { return setScalar(s.value, s.tag, text) }

func setScalar(v reflect.Value, tag reflect.StructTag, text string) error {
	switch p := v.Addr().Interface().(type) {
	case setter:
		return p.set(text)
	case *Secret:
		*p = NewSecret(text)
	case *string:
		if choices, ok := tag.Lookup("oneof"); ok {
			if err := oneOf(text, strings.Split(choices, ",")...); err != nil {
				return err
			}
		}
		*p = text
	case *bool:
		switch text {
		case "true":
			*p = true
		case "false":
			*p = false
		default:
			return errors.New("true or false")
		}
	case *int:
		return setNumber(p, tag, text, "a whole number", strconv.Atoi)
	case *float64:
		return setNumber(p, tag, text, "a number", func(s string) (float64, error) { return strconv.ParseFloat(s, 64) })
	case *uint64:
		return setNumber(p, tag, text, "a whole number, zero or more", func(s string) (uint64, error) { return strconv.ParseUint(s, 10, 64) })
	case *time.Duration:
		return setNumber(p, tag, text, "a duration such as 2s, 15m, 36h or 90d", parseDuration)
	default:
		panic(fmt.Sprintf("config: no way to read a %T", p)) // a field of a new type, found by any test
	}
	return nil
}

// setNumber parses text and holds it against the tag's range.
func setNumber[T int | uint64 | float64 | time.Duration](p *T, tag reflect.StructTag, text, what string, parse func(string) (T, error)) error {
	n, err := parse(text)
	bounds, limited := tag.Lookup("range")
	if err == nil && !limited {
		*p = n
		return nil
	}
	if limited {
		low, high, _ := strings.Cut(bounds, "..")
		a, errLow := parse(low)
		b, errHigh := parse(high)
		if errLow != nil || errHigh != nil {
			panic("config: bad range " + bounds)
		}
		if err == nil && n >= a && n <= b { // false for NaN
			*p = n
			return nil
		}
		what += " from " + show(reflect.ValueOf(a)) + " to " + show(reflect.ValueOf(b))
	}
	return errors.New(what)
}

// show returns a value as a person would write it in the file.
func show(v reflect.Value) string {
	switch x := v.Interface().(type) {
	case time.Duration:
		return formatDuration(x)
	case Bytes:
		return x.String()
	case Secret:
		return x.String()
	case Query:
		return x.String()
	}
	if v.Kind() == reflect.Slice {
		items := make([]string, v.Len())
		for i := range items {
			items[i] = show(v.Index(i))
			if v.Type().Elem().Kind() == reflect.String {
				items[i] = strconv.Quote(items[i])
			}
		}
		return "[" + strings.Join(items, ", ") + "]"
	}
	return fmt.Sprint(v.Interface())
}
