package youtube

import (
	"strings"
	"testing"
	"time"
)

// A language a line, with what YouTube writes in it: views and how many they
// are, no views, people watching, a compact age and what it is. Numbers are
// invented; the words are those of the sources that words.txt names.
const inLanguages = `
en      | 1.4M views = 1400000 | No views | 925 watching | 16h ago = 16h
en      | 14 lakh views = 1400000 | No views | 10,226 watching now | 3 yrs ago = 3y
en      | 1.1K crore views = 11000000000 | No views | 7 viewers | 2 wk ago = 2w
pt      | 2,4 mil visualizações = 2400 | Nenhuma visualização | 26 assistindo | há 2 h = 2h
pt-PT   | 1,1 mM de visualizações = 1100000000 | Sem visualizações | 26 a ver | há 3 sem. = 3w
es      | 11 mil M de visualizaciones = 11000000000 | Sin visualizaciones | 12 espectadores | hace 3 a = 3y
es-419  | 1.4 M de vistas = 1400000 | Sin vistas | 1,204 usuarios | hace 7 m = 7mo
fr      | 22 k vues = 22000 | Aucune vue | 12 spectateurs | il y a 2 j = 2d
fr-CA   | 1,1 G de visionnements = 1100000000 | Aucun visionnement | 3 spectateurs | il y a 5 sem. = 5w
de      | 1.234 Mal angesehen = 1234 | Keine Aufrufe | 1.234 Zuschauer | vor 16 Std. = 16h
de      | 1,4 Mio. Aufrufe = 1400000 | Noch keine Aufrufe | 12 sehen gerade zu | vor 3 Wo. = 3w
it      | 6,1 Mln di visualizzazioni = 6100000 | Nessuna visualizzazione | 12 spettatori | 3 gg fa = 3d
ru      | 1 234 просмотра = 1234 | Нет просмотров | 34 зрителя | 3 нед. назад = 3w
ru      | 2,4 тыс. просмотров = 2400 | Нет просмотров | Сейчас смотрят: 120 | 5 л. назад = 5y
uk      | 22 тис. переглядів = 22000 | Немає переглядів | 12 глядачів | 2 год тому = 2h
be      | 135 млн праглядаў = 135000000 | Няма праглядаў | 5 глядзяць | 4 г. таму = 4y
pl      | 1,5 tys. wyświetleń = 1500 | Brak wyświetleń | 12 oglądających | 2 godz. temu = 2h
nl      | 1,4 mln. weergaven = 1400000 | Geen weergaven | 31 kijkers | 3 dgn geleden = 3d
tr      | 12 B görüntüleme = 12000 | Görüntüleme yok | 12 kişi izliyor | 2 sa. önce = 2h
sv      | 1,4 mn visningar = 1400000 | Inga visningar | 12 tittar nu | för 3 v sedan = 3w
no      | Sett 2,4k ganger = 2400 | Ingen visninger | 12 ser på nå | for 2 u siden = 2w
da      | 1,1 mia. visninger = 1100000000 | Ingen visninger | 12 ser med nu | 7 mdr. siden = 7mo
fi      | 2,4 t. katselukertaa = 2400 | Ei katselukertoja | 12 katsojaa | 5 t sitten = 5h
is      | 1,4 m. áhorf = 1400000 | Ekkert áhorf | 3 að horfa | fyrir 2 klst. = 2h
cs      | 1,4 mil. zhlédnutí = 1400000 | Žádná zhlédnutí | 12 diváků | před 5 l. = 5y
sk      | 22 tis. zhliadnutí = 22000 | Žiadne zhliadnutia | 12 divákov | pred 3 týž. = 3w
sl      | 1,4 mio. ogledov = 1400000 | Brez ogledov | 12 gledalcev | pred 2 urama = 2h
hr      | 1,4 mil. pregleda = 1400000 | Nema pregleda | 12 gledatelja | prije 3 tj. = 3w
bs      | 2,4 hilj. pregleda = 2400 | Nema pregleda | 3 gledaju | prije 2 god. = 2y
sr-Latn | 447 prikaza = 447 | Nema prikaza | 12 gledalaca | pre 2 č. = 2h
sr      | 22 хиљ. приказа = 22000 | Нема приказа | 12 гледалаца | пре 3 нед. = 3w
mk      | 1,1 милј. прегледи = 1100000000 | Нема прегледи | 5 гледаат | пред 2 часа = 2h
bg      | 103 хил. показвания = 103000 | Няма показвания | 12 зрители | преди 7 м. = 7mo
ro      | 1,4 mil. de vizionări = 1400000 | Nicio vizionare | 12 spectatori | acum 3 săpt. = 3w
hu      | 2,4 E megtekintés = 2400 | Nincs megtekintés | 12 néző | 3 órája = 3h
el      | 1,4 εκ. προβολές = 1400000 | Καμία προβολή | 5 παρακολουθούν | πριν από 2 ώ. = 2h
sq      | 2,4 mijë shikime = 2400 | Nuk ka shikime | 3 po shikojnë | 2 muaj më parë = 2mo
et      | 2,4 tuh vaatamist = 2400 | Vaatamisi pole | 3 vaatavad | 2 näd eest = 2w
lv      | 1,1 mljrd. skatījumu = 1100000000 | Nav skatījumu | 3 skatītāji | pirms 2 st. = 2h
lt      | 22 tūkst. peržiūrų = 22000 | Nėra peržiūrų | 3 žiūrovai | prieš 2 m. = 2y
af      | 1,1 mjd kyke = 1100000000 | Geen kyke nie | 3 kykers | 2 u. gelede = 2h
ca      | 2,4m visualitzacions = 2400 | Sense visualitzacions | 3 espectadors | fa 2 setm. = 2w
ca      | 135 M de visualitzacions = 135000000 | Cap visualització | 3 espectadors | fa 3 anys = 3y
gl      | 1,4 M reproducións = 1400000 | Ningunha reprodución | 3 espectadores | hai 2 sem. = 2w
eu      | 1,4 M ikustaldi = 1400000 | Ikustaldirik ez | 3 ikusten | Duela 2 ordu = 2h
az      | 1,4 mln baxış = 1400000 | Baxış yoxdur | 3 nəfər izləyir | 2 həftə öncə = 2w
uz      | 2,4 ming marta = 2400 |  | 3 kishi tomosha qilmoqda | 2 oy oldin = 2mo
kk      | 103 м. рет көрілді = 103000 |  | 3 адам көріп жатыр | 2 ж. бұрын = 2y
ky      | 22 миң жолу көрүлдү = 22000 |  | 3 киши көрүп жатат | 2 апт. мурун = 2w
mn      | 1.4 сая үзэлт = 1400000 | Үзэлтгүй | 3 хүн үзэж байна | 2 долоо хоногийн өмнө = 2w
hy      | 2,4 հզր դիտում = 2400 | Դիտումներ չկան |  | 2 տ առաջ = 2y
ka      | 2,4 ათ. ნახვა = 2400 | ნახვები არ არის | 3 უყურებს | 2 კვ. წინ = 2w
he      | 2.4K צפיות = 2400 | אין צפיות | 12 צופים | לפני 3 שע׳ = 3h
he      | 1.1B צפיות = 1100000000 | אין צפיות | 12 צופים | לפני שעתיים (2) = 2h
ar      | 2.4 ألف مشاهدة = 2400 | لا توجد مشاهدات | يشاهد 12 الآن | قبل يومين = 2d
ar      | ١٫٤ مليون مشاهدة = 1400000 | لا مشاهدات | 12 يشاهدون الآن | خلال 7 أشهر = 7mo
fa      | ۲٫۴ هزار بازدید = 2400 | بدون بازدید | ۱۲ نفر در حال تماشا | ۳ هفته پیش = 3w
ur      | 13 کروڑ ملاحظات = 130000000 | کوئی ملاحظات نہیں | 12 دیکھ رہے ہیں | 2 گھنٹے پہلے = 2h
hi      | 13 क॰ बार देखा गया = 130000000 | कोई व्यू नहीं | 12 लोग देख रहे हैं | 2 घं॰ पहले = 2h
mr      | 2.4 ह व्ह्यू = 2400 | कोणतेही व्ह्यू नाहीत | 12 पाहत आहेत | 2 तासांपूर्वी = 2h
ne      | 13 करोड भ्यु = 130000000 | कुनै भ्यु छैन | 12 हेर्दै | 3 हप्ता पहिले = 3w
bn      | 11শত কোটি ভিউ = 11000000000 | কোনো ভিউ নেই | 12 জন দেখছেন | 2 ঘন্টা আগে = 2h
as      | 2.4 হাজাৰটা ভিউ = 2400 |  |  | 2 ঘণ্টা পূৰ্বে = 2h
pa      | 1 ਲੱਖ ਵਾਰ ਦੇਖਿਆ = 100000 |  | 12 ਦੇਖ ਰਹੇ ਹਨ | 3 ਹਫ਼ਤੇ ਪਹਿਲਾਂ = 3w
gu      | 13 કરોડ જોવાયાની સંખ્યા = 130000000 |  | 12 જોઈ રહ્યાં છે | 2 અઠ. પહેલાં = 2w
or      | 1.4ନିଟି ଭ୍ୟୁ = 1400000 |  |  | 2 ଘ. ପୂର୍ବେ = 2h
ta      | 14 லட்சம் பார்வைகள் = 1400000 |  | 12 பார்க்கிறார்கள் | 2 வாரங்களுக்கு முன் = 2w
te      | 13 కోట్లు వీక్షణలు = 130000000 | వీక్షణలు లేవు | 12 చూస్తున్నారు | 2 గం. క్రితం = 2h
kn      | 1 ಲಕ್ಷ ವೀಕ್ಷಣೆಗಳು = 100000 | ವೀಕ್ಷಣೆಗಳಿಲ್ಲ | 12 ವೀಕ್ಷಿಸುತ್ತಿದ್ದಾರೆ | 2 ಗಂಟೆಗಳ ಹಿಂದೆ = 2h
ml      | 14 ലക്ഷം കാഴ്ച = 1400000 | കാഴ്ചകൾ ഇല്ല | 12 പേർ കാണുന്നു | 2 ആഴ്ച മുമ്പ് = 2w
si      | බැලීම් මි1.4 = 1400000 |  | 12 නරඹමින් | දින 2කට පෙර = 2d
th      | การดู 1.1 พันล้าน ครั้ง = 1100000000 | ไม่มีการดู | กำลังดู 12 คน | 2 ชั่วโมงที่ผ่านมา = 2h
lo      | ຍອດເບິ່ງ 22 ພັນ ເທື່ອ = 22000 |  |  | 2 ເດືອນກ່ອນ = 2mo
km      | ចំនួនមើល 1,4 លាន = 1400000 |  |  | 2 ម៉ោងមុន = 2h
my      | ကြည့်ရှုမှု 2.2သောင်း = 22000 | ကြည့်ရှုမှု မရှိ |  | ပြီးခဲ့သည့် 3 ရက်က = 3d
my      | ကြည့်ရှုမှု ကုဋေ1.1ထ = 11000000000 |  |  | ပြီးခဲ့သည့် 2 လ = 2mo
vi      | 1,4 Tr lượt xem = 1400000 | Chưa có lượt xem | 12 người đang xem | 2 giờ trước = 2h
id      | 1,1 M x ditonton = 1100000000 | Belum ditonton | 12 menonton | 3 h lalu = 3d
ms      | 1.4J tontonan = 1400000 | Tiada tontonan | 12 sedang menonton | 5 saat lalu = 5s
fil     | 2.4K panonood = 2400 | Walang panonood | 12 nanonood | 2 oras ang nakalipas = 2h
sw      | Kutazamwa: elfu 2.4 = 2400 | Haijatazamwa | 12 wanatazama | saa 3 zilizopita = 3h
zu      | 2.4K ukubukwa = 2400 | Akukho ukubukwa |  | emahoreni angu-3 edlule = 3h
am      | 2.4 ሺ ዕይታዎች = 2400 |  |  | ከ2 ሰዓቶች በፊት = 2h
ja      | 2.2万 回視聴 = 22000 | 視聴なし | 5 人が視聴中 | 3 か月前 = 3mo
ko      | 조회수 1.3억회 = 130000000 | 조회수 없음 | 1,234명 시청 중 | 2주 전 = 2w
zh-CN   | 1.3亿次观看 = 130000000 | 无人观看 | 1.2万人正在观看 | 3周前 = 3w
zh-TW   | 觀看次數：2.2萬次 = 22000 | 沒有人觀看 | 12 人正在觀看 | 3 週前 = 3w
zh-HK   | 收看次數：2.4K 次 = 2400 |  | 12 人正在收看 | 3 小時前 = 3h
`

func TestLanguages(t *testing.T) {
	const length = `{"thumbnailBottomOverlayViewModel":{"badges":[{"thumbnailBadgeViewModel":{"text":"3:21"}}]}}`
	units := map[string]time.Duration{"s": time.Second, "h": time.Hour, "d": day, "w": 7 * day, "mo": month, "y": year}
	for line := range strings.Lines(strings.TrimSpace(inLanguages)) {
		cells := strings.Split(strings.TrimSpace(line), "|")
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		views, want, _ := strings.Cut(cells[1], " = ")
		var v Video
		if v.setViews(views, ""); number(v.Views) != want || v.Viewers != nil || v.Live || v.Upcoming {
			t.Errorf("%s: %q is read as views %s, viewers %s", cells[0], views, number(v.Views), number(v.Viewers))
		}
		if none := cells[2]; none != "" {
			var v Video
			if v.setViews(none, ""); number(v.Views) != "0" {
				t.Errorf("%s: %q is read as views %s, viewers %s", cells[0], none, number(v.Views), number(v.Viewers))
			}
		}
		if people := cells[3]; people != "" {
			var v Video
			if v.setViews(people, ""); v.Views != nil || v.Viewers == nil || !v.Live {
				t.Errorf("%s: %q is read as views %s, viewers %s", cells[0], people, number(v.Views), number(v.Viewers))
			}
		}
		text, want, _ := strings.Cut(cells[4], " = ")
		at := strings.IndexAny(want, "smhdwy")
		age, ok := readAge(text)
		if !ok || number(&age.N) != want[:at] || age.Unit != units[want[at:]] {
			t.Errorf("%s: %q is read as %v, %v", cells[0], text, age, ok)
		}
		// In a row of a page, each is what it is and nothing else.
		hidden := oneVideo(t, lockup(length, row("10 Hours Fairy Music"), row(text)))
		if hidden.PublishedText != text || hidden.Views != nil || hidden.Viewers != nil || hidden.Channel != "10 Hours Fairy Music" {
			t.Errorf("%s: a row of %q alone is read as %+v", cells[0], text, hidden)
		}
		row := oneVideo(t, lockup(length, row("10 Hours Fairy Music"), row(views, text)))
		if row.PublishedText != text || row.Views == nil || row.Upcoming || row.Live {
			t.Errorf("%s: a row of %q and %q is read as %+v", cells[0], views, text, row)
		}
	}
}
