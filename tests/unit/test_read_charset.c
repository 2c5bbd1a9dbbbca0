/*
 * Promises of the guess at character sets: texts of many languages, in each set that they were
 * written in, from 40 bytes to 10 KB, come out as they were. The texts are made up here; the tables
 * were counted over others (tools/charset-count.py).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <iconv.h>
#include <stdio.h>

#include "base/utf8.h"
#include "knowledge/read/charset.h"
#include "knowledge/read/charset_guess.h"

static const struct {
    const char *sets, *text;
} texts[] = {
    {"EUC-KR UHC",
     "보일러는 지난 월요일에 점검을 받았습니다. 다음 점검은 내년 봄에 할 예정이며, 비용은 집주인이 냅니다. 부엌 창문은 아직 고치지 못했습니다. "},
    {"EUC-JP CP932",
     "ボイラーは先週の月曜日に点検を受けました。次の点検は来年の春に行う予定で、費用は大家が払います。台所の窓はまだ直っていません。"},
    {"GB18030 GB2312",
     "锅炉上星期一检修过了，下一次检修定在明年春天，费用由房东承担。厨房的窗户还没有修好，请不要打开。"},
    {"BIG5-HKSCS BIG5",
     "鍋爐上星期一檢修過了，下一次檢修定在明年春天，費用由房東承擔。廚房的窗戶還沒有修好，請不要打開。"},
    {"CP1251 KOI8-R ISO-8859-5 CP866",
     "Котёл проверили в прошлый понедельник. Следующая проверка будет весной, платит хозяин "
     "дома. Окно на кухне ещё не починили, не открывайте его. "},
    {"CP1251 KOI8-U ISO-8859-5",
     "Котел перевірили минулого понеділка. Наступна перевірка буде навесні, платить власник "
     "будинку. Вікно на кухні ще не полагодили, її не відчиняйте. "},
    {"CP1251 ISO-8859-5",
     "Котелът беше прегледан миналия понеделник. Следващият преглед ще бъде през пролетта, "
     "плаща собственикът на къщата. "},
    {"CP1253 ISO-8859-7",
     "Ο λέβητας ελέγχθηκε την περασμένη Δευτέρα. Ο επόμενος έλεγχος θα γίνει την άνοιξη "
     "και τον πληρώνει ο ιδιοκτήτης του σπιτιού. "},
    {"CP1255 ISO-8859-8",
     "הדוד נבדק ביום שני שעבר. הבדיקה הבאה תהיה באביב ובעל הבית משלם עליה. החלון במטבח "
     "עדיין לא תוקן. "},
    {"CP1256 ISO-8859-6",
     "تم فحص الغلاية يوم الاثنين الماضي. سيكون الفحص التالي في الربيع ويدفع صاحب المنزل "
     "ثمنه. "},
    {"TIS-620",
     "หม้อน้ำได้รับการตรวจสอบเมื่อวันจันทร์ที่แล้ว การตรวจครั้งต่อไปจะมีขึ้นในฤดูใบไม้ผลิ "
     "เจ้าของบ้านเป็นผู้จ่าย "},
    {"CP1254 ISO-8859-9",
     "Kazan geçen pazartesi günü bakımdan geçti. Bir sonraki bakım ilkbaharda yapılacak, "
     "ücretini ev sahibi ödüyor. Mutfağın penceresi şimdilik açılmıyor. "},
    {"CP1250 ISO-8859-2",
     "Kocioł został sprawdzony w zeszły poniedziałek. Następny przegląd będzie wiosną, "
     "płaci za niego właściciel. Okna w kuchni jeszcze się nie da otworzyć. "},
    {"CP1250 ISO-8859-2",
     "Kotel byl zkontrolován minulé pondělí. Příští kontrola bude na jaře a zaplatí ji "
     "majitel domu. Kuchyňské okno ještě není opravené. "},
    {"CP1250 ISO-8859-2",
     "A kazánt múlt hétfőn ellenőrizték. A következő ellenőrzés tavasszal lesz, a költségét "
     "a tulajdonos fizeti. A konyhaablakot még nem javították meg, őrizd. "},
    {"CP1257 ISO-8859-13",
     "Katilas buvo patikrintas praėjusį pirmadienį. Kitas patikrinimas bus pavasarį, už "
     "jį sumokės šeimininkas. Virtuvės langas dar nepataisytas. "},
    {"CP1257 ISO-8859-13",
     "Katls tika pārbaudīts pagājušajā pirmdienā. Nākamā pārbaude būs pavasarī, par to "
     "maksās īpašnieks. Virtuves logs vēl nav salabots. "},
    {"CP1252 ISO-8859-1",
     "La chaudière a été révisée lundi dernier. La prochaine visite aura lieu l'été, elle "
     "est payée par le propriétaire. La fenêtre n'est pas réparée. "},
    {"CP1252",
     "Der Kessel wurde letzten Montag geprüft – „ohne Mängel“, heißt es. Die nächste Prüfung "
     "ist im Frühjahr, der Eigentümer bezahlt sie. Das Küchenfenster lässt sich nicht "
     "öffnen. "},
    {"CP1252 ISO-8859-1",
     "La caldera se revisó el lunes pasado. La próxima revisión será en otoño y la pagará "
     "el dueño de la casa. El año que viene se reparará también la ventana. "},
    {"CP1252 ISO-8859-1",
     "Pannan kontrollerades förra måndagen. Nästa kontroll blir i vår, och ägaren betalar. "
     "Köksfönstret är ännu inte lagat, så det går inte att öppna. "},
};

enum { LETTERS_LEAST = 3 }; /* beyond ASCII: fewer tell nothing */

/* Bytes of `text` in `set`, over and over, until there are `size`; cut at a character. */
static size_t written(const char *text, const char *set, size_t size, char *out) {
    iconv_t cd = iconv_open(set, "UTF-8");
    assert_true(cd != (iconv_t)-1);
    size_t n = 0;
    for (size_t at = 0; n + 4 < size;) {
        Str all = str_from(text);
        if (at == all.n) at = 0;
        uint32_t code;
        size_t width = 1, left = size - n;
        assert_true(utf8_decode_strict(all, at, &code, &width));
        char *from = (char *)(uintptr_t)text + at, *to = out + n;
        size_t rest = width;
        bool known = iconv(cd, &from, &rest, &to, &left) != (size_t)-1;
        if (!known) fail_msg("%s lacks U+%04X", set, code);
        n = (size_t)(to - out);
        at += width;
    }
    iconv_close(cd);
    return n;
}

static void texts_come_out_as_they_were(void **state) {
    static const size_t sizes[] = {40, 100, 300, 1000, 10000};
    static char bytes[10000];
    unsigned n_cases = 0;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        char set[32];
        for (const char *p = texts[i].sets; *p; p += strspn(p, " ")) {
            size_t len = strcspn(p, " ");
            (void)snprintf(set, sizeof set, "%.*s", (int)len, p);
            p += len;
            for (size_t k = 0; k < ARRAY_LEN(sizes); k++) {
                Buf out, want;
                Err err;
                size_t n = written(texts[i].text, set, sizes[k], bytes), high = 0;
                for (size_t at = 0; at < n; at++) high += (unsigned char)bytes[at] >= 0x80;
                if (high < LETTERS_LEAST) continue;
                const char *got = charset_detect((Str){bytes, n}, STR(""));
                buf_init(&out, 1 << 20);
                buf_init(&want, 1 << 20);
                assert_non_null(got);
                assert_int_equal(charset_decode((Str){bytes, n}, got, &out, &err), OK);
                assert_int_equal(charset_decode((Str){bytes, n}, charset_find(str_from(set)), &want,
                                                &err), OK);
                if (!str_eq(buf_str(&out), buf_str(&want))) {
                    fail_msg("%zu bytes of %s are taken for %s: %.60s", n, set, got, texts[i].text);
                }
                buf_fini(&out);
                buf_fini(&want);
                n_cases++;
            }
        }
    }
    assert_true(n_cases >= 150);
}

static void a_label_of_windows_is_doubted_only_for_pairs(void **state) {
    char bytes[300];
    size_t n = written(texts[0].text, "EUC-KR", sizeof bytes, bytes);
    assert_string_equal(charset_detect((Str){bytes, n}, STR("iso-8859-1")), "UHC");
    n = written(texts[12].text, "CP1250", sizeof bytes, bytes);
    assert_string_equal(charset_detect((Str){bytes, n}, STR("iso-8859-1")), "CP1252");
    assert_string_equal(charset_detect((Str){bytes, n}, STR("iso-8859-2")), "ISO-8859-2");
}

static void few_and_odd_bytes_are_western(void **state) {
    assert_string_equal(charset_guess(STR("")), "CP1252");
    assert_string_equal(charset_guess(STR("plain words")), "CP1252");
    assert_string_equal(charset_guess(STR("a caf\xe9 in a long English sentence")), "CP1252");
    assert_string_equal(charset_guess(STR("it\x92s \x93quoted\x94 \x96 100 \x80")), "CP1252");
}

/* A cut character is forgiven where there are whole ones, and only at the end. */
static void high_bytes_at_the_end_are_no_utf8(void **state) {
    static const struct {
        const char *text, *want;
    } cases[] = {{"caf\xe9", "CP1252"},     {"caf\xe9\n", "CP1252"},     {"voil\xe0!\n", "CP1252"},
                 {"caf\xc3\xa9", "UTF-8"}, {"na\xc3\xafve \xe2\x82", "UTF-8"},
                 {"plain", "UTF-8"},        {"", "UTF-8"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        const char *is = charset_detect(str_from(cases[i].text), STR(""));
        if (strcmp(is, cases[i].want) != 0) print_error("%zu: %s\n", i, is);
        assert_string_equal(is, cases[i].want);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(texts_come_out_as_they_were),
        cmocka_unit_test(a_label_of_windows_is_doubted_only_for_pairs),
        cmocka_unit_test(few_and_odd_bytes_are_western),
        cmocka_unit_test(high_bytes_at_the_end_are_no_utf8),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
