package youtube

import (
	"testing"
	"time"
)

func TestParseCount(t *testing.T) {
	const none = -1
	for _, test := range []struct {
		text        string
		want        int64
		approximate bool
	}{
		{"1,234,567 views", 1234567, false}, {"1 view", 1, false}, {"No views", 0, false},
		{"1.2M views", 1200000, true}, {"1.8K views", 1800, true}, {"1.7bn views", 1700000000, true}, {"999k views", 999000, true}, {"9m views", 9000000, true},
		{"33.445 visualizações", 33445, false}, {"Nenhuma visualização", 0, false}, {"18.567.581 Aufrufe", 18567581, false},
		{"1,2 mi de visualizações", 1200000, true}, {"12 mil visualizações", 12000, true}, {"51 mil", 51000, true}, {"1,76 mi", 1760000, true},
		{"25 Mio. Abonnenten", 25000000, true}, {"1,3 Mrd.", 1300000000, true}, {"542\u00a0mil inscritos", 542000, true},
		{"Нет просмотров", 0, false}, {"1,2 млн просмотров", 1200000, true}, {"3,4 тыс.", 3400, true}, {"2,1\u00a0млрд просмотров", 2100000000, true},
		{"12,34,567 views", 1234567, false}, {"१२,३४,५६७ बार देखा गया", 1234567, false},
		{"1 lakh views", 100000, true}, {"1.2 crore", 12000000, true}, {"12 लाख", 1200000, true}, {"1 करोड़", 10000000, true}, {"1.5 हज़ार व्यू", 1500, true},
		{"123万 回視聴", 1230000, true}, {"1.2億 回視聴", 120000000, true}, {"1.2万次观看", 12000, true}, {"조회수 1.2만회", 12000, true}, {"1.5억", 150000000, true},
		{"1,234万 回視聴", 12340000, true}, {"5,678 回視聴", 5678, false}, {"조회수 1,234회", 1234, false}, {"조회수 없음", 0, false},
		{"1\u202f234\u202f567 vues", 1234567, false}, {"1,2\u00a0M de vues", 1200000, true}, {"12\u00a0k vues", 12000, true}, {"Aucune vue", 0, false},
		{"1.234 visualizaciones", 1234, false}, {"1,2 M de visualizaciones", 1200000, true}, {"2,3 mil M de visualizaciones", 2300000000, true}, {"Sin visualizaciones", 0, false},
		{"Keine Aufrufe", 0, false}, {"1’234’567 Aufrufe", 1234567, false}, {"3490 Aufrufe", 3490, false},
		{"١٢٣ مشاهدة", 123, false}, {"۱۲۳", 123, false}, {"१२३", 123, false}, {"١٬٢٣٤ مشاهدة", 1234, false}, {"\u200e1,234\u200f مشاهدة", 1234, false}, {"١٫٢ مليون", 1200000, true}, {"3,5 ألف", 3500, true},
		{"925 watching", 925, false}, {"10,226 watching now", 10226, false}, {"26 assistindo", 26, false}, {"56 waiting", 56, false},
		{"com mais 1 pessoa", 1, false}, {"like this video along with 72 other people", 72, false}, {"like this video along with 31,009 other people", 31009, false},
		{"3,485,266 likes", 3485266, false}, {"749K subscribers", 749000, true}, {"15.8m subscribers", 15800000, true}, {"12 B görüntüleme", 12000, true}, {"1,2 Mn görüntüleme", 1200000, true},
		{"883", 883, false}, {"0", 0, false}, {"5 tis. zhlédnutí", 5000, true}, {"1,5 tys. wyświetleń", 1500, true}, {"2 rb x ditonton", 2000, true}, {"12 N lượt xem", 12000, true},
		{"Like", none, false}, {"Gostei", none, false}, {"", none, false}, {"LIVE", none, false}, {"4.9", none, false}, {"Premieres 14/08/2025, 13:00", none, false},
		{"Scheduled for Feb 28, 2023", none, false}, {"99999999999999999999999 views", none, false}, {"2:16", none, false},
	} {
		got, approximate, ok := readCount(test.text)
		if !ok {
			got = none
		}
		if got != test.want || ok && approximate != test.approximate {
			t.Errorf("readCount(%q) = %d, %v; want %d, %v", test.text, got, approximate, test.want, test.approximate)
		}
	}
}

func TestWatchingIsNotViews(t *testing.T) {
	for _, text := range []string{"925 watching", "26 assistindo", "10,226 watching now", "56 waiting", "1.234 Zuschauer", "12 spectateurs", "34 зрителя", "5 人が視聴中", "1,234명 시청 중"} {
		var v Video
		v.setViews(text, "")
		if v.Views != nil || v.Viewers == nil {
			t.Errorf("%q: views %v, viewers %v", text, v.Views, v.Viewers)
		}
	}
	for _, text := range []string{"1,234 views", "33.445 visualizações", "5,678 回視聴", "조회수 1,234회", "1.234 Aufrufe"} {
		var v Video
		v.setViews(text, "")
		if v.Views == nil || v.Viewers != nil {
			t.Errorf("%q: views %v, viewers %v", text, v.Views, v.Viewers)
		}
	}
}

func TestParseLength(t *testing.T) {
	for text, want := range map[string]int64{
		"0:39": 39, "2:16": 136, "1:02:03": 3723, "13:22:49": 48169, "242860:15": 14571615, "1:31:12": 5472, " 44:09 ": 2649, "٢:١٦": 136, "2.16": 136,
		"SHORTS": -1, "LIVE": -1, "Upcoming": -1, "": -1, "2:76": -1, "2:6": -1, "1:2:3:4:5": -1, ":30": -1, "99999999999:00": -1, "AO VIVO": -1,
	} {
		got, ok := parseLength(text)
		if !ok {
			got = -1
		}
		if got != want {
			t.Errorf("parseLength(%q) = %d, want %d", text, got, want)
		}
	}
}

func TestParseISOLength(t *testing.T) {
	for text, want := range map[string]int64{
		"PT5M37S": 337, "PT562M56S": 33776, "PT1H": 3600, "P0D": 0, "PT242860M15S": 14571615, "P1DT2H": 93600, "PT1H2M3S": 3723,
		"": -1, "P": -1, "PT": -1, "5M": -1, "PT5X": -1, "PT99999999999999999999S": -1, "P5M": -1, "PTM": -1,
	} {
		got, ok := parseISOLength(text)
		if !ok {
			got = -1
		}
		if got != want {
			t.Errorf("parseISOLength(%q) = %d, want %d", text, got, want)
		}
	}
}

func TestParseDate(t *testing.T) {
	for text, want := range map[string]string{
		"Dec 5, 2019": "2019-12-05", "9 Sept 2010": "2010-09-09", "27.04.2021": "2021-04-27", "15 de mar. de 2020": "2020-03-15",
		"Publicado em 15 de mar. de 2020": "2020-03-15", "Transmitido ao vivo em 21 de fev. de 2020": "2020-02-21", "Estreou em 6 de dez. de 2019": "2019-12-06",
		"Published on Mar 15, 2020": "2020-03-15", "Streamed live on May 27, 2020": "2020-05-27", "Premiered Feb 1, 2021": "2021-02-01", "Started streaming on 4 Jun 2026": "2026-06-04",
		"28 Jan 2015": "2015-01-28", "2019-12-05": "2019-12-05", "2019年12月5日": "2019-12-05", "2019. 12. 5.": "2019-12-05", "2019/12/05": "2019-12-05",
		"5 déc. 2019": "2019-12-05", "Am 05.12.2019 veröffentlicht": "2019-12-05", "5 дек. 2019 г.": "2019-12-05", "5 dic 2019": "2019-12-05", "5 दिस॰ 2019": "2019-12-05",
		"14/08/2025": "2025-08-14", "3/4/2021": "", "03/03/2021": "2021-03-03", "2 hours ago": "", "há 3 dias": "", "": "", "Feb 30, 2020": "", "Jan 1, 1990": "", "31 May": "",
	} {
		got := parseDate(text)
		formatted := ""
		if got.Known() {
			formatted = got.Time.Format(time.DateOnly)
			if got.Precision != 24*time.Hour {
				t.Errorf("parseDate(%q) has precision %v", text, got.Precision)
			}
		}
		if formatted != want {
			t.Errorf("parseDate(%q) = %q, want %q", text, formatted, want)
		}
	}
	exact := parseDate("2015-01-27T21:14:36-08:00")
	if want := time.Date(2015, 1, 28, 5, 14, 36, 0, time.UTC); !exact.Time.Equal(want) || exact.Precision != 0 || exact.Time.Location() != time.UTC {
		t.Errorf("exact date %+v, want %v", exact, want)
	}
}

func TestParseAge(t *testing.T) {
	for text, want := range map[string]Age{
		"2 hours ago": {2, time.Hour}, "250K views • 16h ago": {16, time.Hour}, "1,234 views · 3 wks ago": {3, 7 * day}, "No. 12, 3 days ago": {3, day}, "Streamed 13 minutes ago": {13, time.Minute}, "Premiered 3 days ago": {3, day}, "há 1 ano": {1, year}, "Transmitido há 2 dias": {2, day},
		"vor 4 Jahren": {4, year}, "il y a 3 mois": {3, month}, "1 week ago": {1, 7 * day}, "há 1 semana": {1, 7 * day}, "5 meses atrás": {5, month}, "há 1 mês": {1, month},
		"hace 2 años": {2, year}, "vor 1 Tag": {1, day}, "vor 3 Wochen": {3, 7 * day}, "vor 2 Monaten": {2, month}, "vor 5 Stunden": {5, time.Hour}, "il y a 1 an": {1, year}, "il y a 2 jours": {2, day},
		"3 года назад": {3, year}, "1 год назад": {1, year}, "5 лет назад": {5, year}, "2 дня назад": {2, day}, "1 день назад": {1, day}, "4 месяца назад": {4, month}, "2 недели назад": {2, 7 * day},
		"2 日前": {2, day}, "3 か月前": {3, month}, "1 年前": {1, year}, "2 週間前": {2, 7 * day}, "5 時間前": {5, time.Hour}, "3개월 전": {3, month}, "1년 전": {1, year}, "2주 전": {2, 7 * day}, "6일 전": {6, day},
		"3 दिन पहले": {3, day}, "1 साल पहले": {1, year}, "2 महीने पहले": {2, month}, "قبل 3 أيام": {3, day}, "قبل 11 شهرًا": {11, month}, "2 天前": {2, day}, "3 个月前": {3, month}, "1 周前": {1, 7 * day},
		"Stream ao vivo realizado há 9 horas": {9, time.Hour}, "Estreou há 14 horas": {14, time.Hour}, "3 anni fa": {3, year}, "2 mesi fa": {2, month}, "1 jaar geleden": {1, year}, "2 yıl önce": {2, year}, "3 ay önce": {3, month},
	} {
		got, ok := readAge(text)
		if !ok || got != want {
			t.Errorf("readAge(%q) = %v, %v; want %v", text, got, ok, want)
		}
	}
	for _, text := range []string{"", "Dec 5, 2019", "1,234 views", "yesterday", "99999999999 years ago", "ago 5"} {
		if got, ok := readAge(text); ok {
			t.Errorf("readAge(%q) = %v", text, got)
		}
	}
	at := time.Date(2026, 3, 31, 12, 0, 0, 0, time.UTC)
	if got := (Age{2, day}).Before(at); !got.Time.Equal(at.Add(-48*time.Hour)) || got.Precision != day {
		t.Errorf("2 days before %v is %+v", at, got)
	}
	if got := (Age{1, year}).Before(at); got.Time.Year() != 2025 || got.Precision != year {
		t.Errorf("1 year before %v is %+v", at, got)
	}
}

func TestParseID(t *testing.T) {
	const id = "-DDrE6T0ct4"
	for _, s := range []string{
		id, " " + id + " ", "https://www.youtube.com/watch?v=" + id, "http://youtube.com/watch?list=PL1&v=" + id + "&t=5s", "https://youtu.be/" + id + "?si=x", "youtu.be/" + id,
		"https://m.youtube.com/watch?v=" + id, "https://music.youtube.com/watch?v=" + id, "https://www.youtube.com/shorts/" + id, "https://www.youtube.com/live/" + id + "?feature=share",
		"https://www.youtube.com/embed/" + id, "https://www.youtube-nocookie.com/embed/" + id, "<https://youtu.be/" + id + ">", "https://www.youtube.com/attribution_link?u=%2Fwatch%3Fv%3D" + id,
		"https://www.youtube.com/oembed?url=https%3A%2F%2Fwww.youtube.com%2Fwatch%3Fv%3D" + id,
	} {
		if got, ok := ParseID(s); !ok || got != id {
			t.Errorf("ParseID(%q) = %q, %v", s, got, ok)
		}
	}
	for _, s := range []string{"", "short", "https://example.com/watch?v=" + id, "https://www.youtube.com/watch?v=short", "https://www.youtube.com/channel/UCxxxxxxxxxxxxxxxxxxxxxx", "https://youtube.com.example.org/watch?v=" + id, "ftp://youtu.be/" + id, "-DDrE6T0ct\n", "javascript://youtu.be/" + id} {
		if got, ok := ParseID(s); ok {
			t.Errorf("ParseID(%q) = %q", s, got)
		}
	}
}
