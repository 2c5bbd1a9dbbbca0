/*
 * Promises about what other countries write: telephone numbers, papers, plates, passwords and links
 * in the forms and behind the words of Spain, France, Italy, the Netherlands, Belgium, Austria and
 * Switzerland; and texts of the same look that are nobody's.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "../support/alone.h"
#include "gate/scan/impl.h"

typedef struct Row {
    const char *text, *whole; /* whole: stands in one span; NULL: nothing is found */
} Row;

static bool is_seen(const Row *row, const ScanSpan *spans, size_t n) {
    Str text = str_from(row->text);
    if (!row->whole) return n > 0;
    size_t at = str_find(text, str_from(row->whole), 0), end = at + strlen(row->whole);
    for (size_t k = 0; k < n; k++) {
        if (spans[k].start <= at && spans[k].end >= end) return true;
    }
    return false;
}

static void check(const Row *rows, size_t n_rows) {
    Scanner *scanner = NULL;
    assert_int_equal(gate_scanner_new(&scanner, NULL), OK);
    for (size_t i = 0; i < n_rows; i++) {
        const ScanSpan *spans;
        size_t n = 0;
        Str text = alone(str_from(rows[i].text));
        assert_int_equal(gate_scan(scanner, text, &spans, &n, NULL), OK);
        if (is_seen(&rows[i], spans, n) != (rows[i].whole != NULL)) fail_msg("%s", rows[i].text);
        alone_free(text);
    }
    gate_scanner_free(scanner);
}

static void telephones_of_other_countries_are_found(void **state) {
    static const Row rows[] = {
        {"llámame al 656341685 esta tarde", "656341685"},
        {"telf. 651 899 913", "651 899 913"},
        {"see 0034 666 907 439 or so", "0034 666 907 439"},
        {"or 00 39 02 1234567, it", "00 39 02 1234567"},
        {"the line 04.34.31.29.79 is out", "04.34.31.29.79"},
        {"appelez-moi au 0675463134", "0675463134"},
        {"chiama lo 051 8796864", "051 8796864"},
        {"the old 06-76 31 12 00 is out", "06-76 31 12 00"},
        {"the old 06 73057595 is out", "06 73057595"},
        {"the old 020 7722056 is out", "020 7722056"},
        {"gsm 0460 41 71 83", "0460 41 71 83"},
        {"in the house, 182, place de la République, it", "182, place de la République"},
        {"the old 0494 65 30 19 is out", "0494 65 30 19"},
        {"the old 079 755 56 78 is out", "079 755 56 78"},
        {"the old 0676 7852718 is out", "0676 7852718"},
    };
    check(rows, ARRAY_LEN(rows));
}

static void papers_and_plates_of_other_countries_are_found(void **state) {
    static const Row rows[] = {
        {"con 12.345.678-Z aquí", "12.345.678-Z"},
        {"Reisepass CPFZVCFW8", "CPFZVCFW8"},
        {"passeport n° 49GP07563", "49GP07563"},
        {"passaporto n. YM5017642", "YM5017642"},
        {"paspoortnummer ES2519388", "ES2519388"},
        {"reg. KK51 KNS, it", "KK51 KNS"},
        {"matrícula 0242 GJG", "0242 GJG"},
        {"plaque JA-899-AP", "JA-899-AP"},
        {"targa DA 395 XX", "DA 395 XX"},
        {"chassis number WVWZZZ1JZ3W331625", "WVWZZZ1JZ3W331625"},
        {"numéro de compte 94492667", "94492667"},
        {"Führerscheinnummer M917R54580T", "M917R54580T"},
        {"nació el 13 de julio de 1964", "13 de julio de 1964"},
        {"他1997年5月23日生，", "1997年5月23日"},
        {"1997年5月23日生产的", NULL}, /* a thing was made */
    };
    check(rows, ARRAY_LEN(rows));
}

static void passwords_stand_behind_any_languages_word_and_in_tags(void **state) {
    static const Row rows[] = {
        {"contraseña: 0KoJPnF3SL5P", "0KoJPnF3SL5P"},
        {"mot de passe : lGMEeV2uf91q", "lGMEeV2uf91q"},
        {"het wachtwoord is YB33CLGElG3w", "YB33CLGElG3w"},
        {"la password è SPu4TYyLoHgY", "SPu4TYyLoHgY"},
        {"<password>bkFxl3YxfNpR</password>", "bkFxl3YxfNpR"},
        {"'passwd' => 'S11QT7bnu4EJ'", "S11QT7bnu4EJ"},
        {"if (password > minimum8) return;", NULL},
        {"<password></password>", NULL},
        {"Every failure passes file_error, it reads", NULL},
    };
    check(rows, ARRAY_LEN(rows));
}

static void a_link_that_nobody_can_guess_is_a_secret(void **state) {
    static const Row rows[] = {
        {"see https://app.example.com/reset/0f3c9a77be21d4c58812 now",
         "https://app.example.com/reset/0f3c9a77be21d4c58812"},
        {"https://drive.example.com/file/d/6ZnBJLY3mprfAzRG2ssMF9800fAoSmEhG/view",
         "https://drive.example.com/file/d/6ZnBJLY3mprfAzRG2ssMF9800fAoSmEhG/view"},
        {"https://git.example.com/a/b/commit/0f3c9a77be21d4c588120f3c9a77be21d4c58812", NULL},
        {"https://example.com/reset/how-to-change-your-password", NULL},
        {"https://example.com/2024/05/a-rather-long-title-of-an-article-about-gardens-in-spring",
         NULL},
        {"45.5930°N 88.2461°E", "45.5930°N 88.2461°E"},
        {"it has 45.5930° of tilt", NULL},
    };
    check(rows, ARRAY_LEN(rows));
}

static void a_person_in_a_files_name_is_found(void **state) {
    static const Row rows[] = {
        {"What stands in CV_Fiona_Nakamura.docx of it?", "Fiona_Nakamura"},
        {"mask james_nakamura.txt here", "james_nakamura"},
        {"MARKS_MAX and KERN_ATTN", NULL},
        {"see Magnus-Lindqvist.pdf, page 2", "Magnus-Lindqvist"},
        {"call user_name and max_tokens of http_server", NULL},
        {"python_version, jenkins_home, mark_price, will_page", NULL},
        {"a report-final.pdf and well-known.txt", NULL},
        {"see nakamura-", NULL}, /* nothing is behind the mark */
        {"see Magnus_L", NULL},
    };
    check(rows, ARRAY_LEN(rows));
}

/* Quotation marks that nothing closes, marks with nothing behind, and finds that begin with a
   bracket: the text ends where a sanitizer sees it (alone). */
static void a_text_may_end_in_the_middle_of_anything(void **state) {
    static const char *const texts[] = {
        "Failed password for invalid user 'jane_doe", "user \"jane_doe", "login: 'jane_doe",
        "mail me: a_", "a@b.", "https://x.y/?token=", "see &uuml", "see &", "C:\\", "=4", "%2",
        "password: '", "PIN: ", "card 4111 1111 1111 111", "12 rue de",
        "-----BEGIN PRIVATE KEY-----", "张三的", "geb. am 7.", "+49 (", "\xE4\xB8",
        "\xF0\x9F\x98", "backup codes:\n", "der Herr "};
    Scanner *scanner = NULL;
    assert_int_equal(gate_scanner_new(&scanner, NULL), OK);
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        for (size_t end = 0; end <= strlen(texts[i]); end++) {
            const ScanSpan *spans;
            size_t n = 0;
            Str text = alone((Str){texts[i], end});
            assert_int_equal(gate_scan(scanner, text, &spans, &n, NULL), OK);
            assert_true(n == 0 || spans[n - 1].end <= end);
            alone_free(text);
        }
    }
    gate_scanner_free(scanner);
}

static void an_address_that_a_bracket_ends_before_it_begins_is_none(void **state) {
    const ScanSpan *spans;
    size_t n = 0;
    Scanner *scanner = NULL;
    NameSpan found = {0, 16, 0, 16, .type = SCAN_ADDRESS, .score = 0.9F};
    assert_int_equal(gate_scanner_new(&scanner, NULL), OK);
    assert_int_equal(gate_scan(scanner, STR(") 12 High Street"), &spans, &n, NULL), OK);
    scanner->n_tagged = 0;
    tagged_take(scanner, &found);
    assert_int_equal(scanner->n_tagged, 0);
    gate_scanner_free(scanner);
}

static void plates_beside_a_word_for_a_car_are_found(void **state) {
    static const Row rows[] = {
        {"Stellplatz für das Fahrzeug S SE-485", "S SE-485"},
        {"he left in the PKW B-WL 643.", "B-WL 643"},
        {"the car is GH07 HTP, park", "GH07 HTP"},
        {"the voiture AB-123-CD was there", "AB-123-CD"},
        {"el coche 5801 TRH rojo", "5801 TRH"},
        {"Matrícula del vehículo: 8785DHN.", "8785DHN"},
        {"車は横浜 300 た 88-98です。", "横浜 300 た 88-98"},
        {"なにわ 500 あ 12-34", "なにわ 500 あ 12-34"},
    };
    check(rows, ARRAY_LEN(rows));
}

static void a_key_says_what_its_value_is(void **state) {
    static const Row rows[] = {
        {"\"dateOfBirth\": \"1981-01-01\",", "1981-01-01"},
        {"date-of-birth: 1981-01-01", "1981-01-01"},
        {"\"driverLicence\": \"TRUDO612055UR9FD\"", "TRUDO612055UR9FD"},
        {"driving_licence=TRUDO612055UR9FD", "TRUDO612055UR9FD"},
        {"免許証番号は624911463705、", "624911463705"},
        {"her licence, TRUDO604119EE6SO, had expired", "TRUDO604119EE6SO"},
        {"number MORGA803081M93RL of", "MORGA803081M93RL"},
        {"医保卡号：C20117745", "C20117745"},
        {"Seguridad Social: 28/52141302/56", "28/52141302/56"},
    };
    check(rows, ARRAY_LEN(rows));
}

static void places_of_japan_germany_and_america_are_found(void **state) {
    static const Row rows[] = {
        {"〒592-8026 より", "〒592-8026"},
        {"住所 東京都世田谷区用賀1-28-19 まで", "東京都世田谷区用賀1-28-19"},
        {"神奈川県横浜市青葉区美しが丘2-10", "神奈川県横浜市青葉区美しが丘2-10"},
        {"wohnt Schillerplatz 2b, 69115 Heidelberg", "Schillerplatz 2b, 69115 Heidelberg"},
        {"am Kaiser-Wilhelm-Ring 92b", "Kaiser-Wilhelm-Ring 92b"},
        {"Goethestraße 20b | 50234 Ulm | Fon", "Goethestraße 20b | 50234 Ulm"},
        {"lives in Austin, TX 78704 now", "Austin, TX 78704"},
        {"in San Jose, CA 95112-1234 now", "San Jose, CA 95112-1234"},
    };
    check(rows, ARRAY_LEN(rows));
}

static void what_was_asked_for_is_told_in_the_next_line(void **state) {
    static const Row rows[] = {
        {"what's the password\n10:19 - Ann: it's mittens#234!", "mittens#234!"},
        {"Passwort?\nUwe: Kaktus_81", "Kaktus_81"},
        {"the code they texted me is 370227, ok", "370227"},
        {"PIN fürs Handy 2951.", "2951"},
        {"das WLAN heißt Kiosk 7, Schlüssel F99Mky_jJq.", "F99Mky_jJq"},
        {"178.228.70.172 - kharmsen53 [12/Mar/2024:10:15:22 +0000]", "kharmsen53"},
        {"send it to 40-39-76 60113387 please", "40-39-76 60113387"},
        {"Mia Roth * 10.06.1975", "10.06.1975"},
        {"so 051 234567 it is", "051 234567"},
    };
    check(rows, ARRAY_LEN(rows));
}

static void look_alikes_of_these_stay(void **state) {
    static const Row rows[] = {
        {"from 12-03-24 10151234 on", NULL},
        {"the car is from 2019, BMW 320 of it", NULL},
        {"what's the password policy\nsee page 2: it's a-12", NULL},
        {"the code is 7 lines, the error is 370227", NULL},
        {"3 * 10.06.1975", NULL},
        {"the part ABCDE699999EE6SO of it", NULL},
        {"* 10.06.1975", NULL},
        {"14-18 and 3-4", NULL},
        {"在城市内有14-18世纪修建的房子", NULL},
        {"the PIN header has 2951 holes", NULL},
        {"127.0.0.1 - - [12/Mar/2024:10:15:22 +0000]", "127.0.0.1"},
    };
    check(rows, ARRAY_LEN(rows));
}

/* Of the same look, and no one's. */
static void numbers_of_things_stay(void **state) {
    static const Row rows[] = {
        {"version 04.34.31.29 is out", NULL},
        {"order 0034666907439 was sent", NULL},
        {"from 0044 12 to 0045 17", NULL},
        {"the code 001-345-678-90 is", NULL},
        {"the form 00.995.216/0011-34 has a wrong digit", NULL},
        {"the sum is 06 and 73057", NULL},
        {"part 0676 785271 fits", NULL},
        {"registration closes in May 2026", NULL},
    };
    check(rows, ARRAY_LEN(rows));
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(telephones_of_other_countries_are_found),
        cmocka_unit_test(papers_and_plates_of_other_countries_are_found),
        cmocka_unit_test(passwords_stand_behind_any_languages_word_and_in_tags),
        cmocka_unit_test(a_link_that_nobody_can_guess_is_a_secret),
        cmocka_unit_test(a_person_in_a_files_name_is_found),
        cmocka_unit_test(plates_beside_a_word_for_a_car_are_found),
        cmocka_unit_test(a_key_says_what_its_value_is),
        cmocka_unit_test(places_of_japan_germany_and_america_are_found),
        cmocka_unit_test(what_was_asked_for_is_told_in_the_next_line),
        cmocka_unit_test(look_alikes_of_these_stay),
        cmocka_unit_test(a_text_may_end_in_the_middle_of_anything),
        cmocka_unit_test(an_address_that_a_bracket_ends_before_it_begins_is_none),
        cmocka_unit_test(numbers_of_things_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
