/*
 * Promises of gate/scan: each format is found in its spellings and left alone when one digit is
 * wrong; offsets are the original's; windows cut nothing; hostile text takes linear time; memory
 * may fail anywhere.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "../support/scan_text.h"
#include "base/mem.h"
#include "gate/scan/fold.h"

/* What the formats found; what the tagger found is test_names.c's matter. */
static size_t scan(Str text, const ScanSpan **spans) {
    static ScanSpan kept[4096];
    const ScanSpan *all;
    size_t n = scan_all(text, &all), n_kept = 0;
    for (size_t i = 0; i < n; i++) {
        if (all[i].kind < KIND_TAG_PERSON && n_kept < ARRAY_LEN(kept)) kept[n_kept++] = all[i];
    }
    *spans = kept;
    return n_kept;
}

/* The text between the marks « and » must be found as the kind, and nothing else; if not exactly,
   the tagger may know how it goes on. */
static void found_as(const char *kind, const char *marked, bool exactly) {
    const ScanSpan *spans;
    char text[1024];
    size_t n = 0, start = 0, end = 0;
    for (const char *c = marked; *c; c++) {
        if (memcmp(c, "«", 2) == 0) {
            start = n;
            c++;
        } else if (memcmp(c, "»", 2) == 0) {
            end = n;
            c++;
        } else {
            text[n++] = *c;
        }
    }
    size_t count = scan((Str){text, n}, &spans);
    bool ok = count == 1 && spans[0].start <= start && spans[0].end >= end &&
              strcmp(scan_kind_name(spans[0].kind), kind) == 0;
    ok = ok && (!exactly || spans[0].end - spans[0].start == end - start);
    if (!ok) print_error("%s: %s\n", kind, marked);
    for (size_t i = 0; i < count && !ok; i++) {
        print_error("   found %s %.*s\n", scan_kind_name(spans[i].kind),
                    (int)(spans[i].end - spans[i].start), text + spans[i].start);
    }
    assert_true(ok);
}

static void found(const char *kind, const char *marked) {
    found_as(kind, marked, true);
}

static void silent(const char *text) {
    const ScanSpan *spans;
    size_t n = scan(str_from(text), &spans);
    if (n) {
        print_error("%s: found %s %.*s\n", text, scan_kind_name(spans[0].kind),
                    (int)(spans[0].end - spans[0].start), text + spans[0].start);
    }
    assert_int_equal(n, 0);
}

/* ---- formats ------------------------------------------------------------------------------- */

static void resident_ids_need_their_check_digit(void **state) {
    found("cn_resident_id", "身份证«110101199003074610»，请核实");
    found("cn_resident_id", "«11010119900307002x»");
    found("cn_resident_id", "身份证 «110101 19900307 4610»");
    found("cn_resident_id", "«110101-1990-0307-4610»");
    found("cn_resident_id", "证件号码«110101900307456»请核实");
    silent("110101199003074611");
    found("cn_resident_id", "身份证号«110101199003074611»"); /* mistyped, behind its word */
    silent("订单号110101199003074611");
    silent("110101199013074610"); /* no such month */
    silent("000000199003074610"); /* no such province */
    silent("110101901307123");    /* fifteen digits, no such month */
    silent("11010119900307123");  /* seventeen */
}

static void one_wrong_digit_is_seen_at_every_place(void **state) {
    static const char *const good[] = {"11010519491231002X", "91320507MA1WLGBX0B",
                                       "DE89370400440532013000", "4532015112830366"};
    char text[40];
    const ScanSpan *spans;
    for (size_t i = 0; i < ARRAY_LEN(good); i++) {
        size_t n = strlen(good[i]);
        assert_int_equal(scan(str_from(good[i]), &spans), 1);
        for (size_t at = 0; at < n; at++) {
            for (char digit = '0'; digit <= '9'; digit++) {
                if (good[i][at] == digit || good[i][at] < '0' || good[i][at] > '9') continue;
                memcpy(text, good[i], n + 1);
                text[at] = digit;
                silent(text);
            }
        }
    }
}

static void credit_codes_follow_gb_32100(void **state) {
    found("cn_credit_code", "统一社会信用代码«91320507MA1WLGBX0B»");
    found("cn_credit_code", "代码：«91110108ma01ybnx62»");
    found("cn_credit_code", "纳税人识别号：«91110108MA01YBNX6A»"); /* mistyped */
    silent("信用代码91110108MA01YBNX6A");
    silent("信用代码9I110108MA01YBNX62");
    silent("信用代码111111111111111111");
}

static void chinese_telephones(void **state) {
    found("phone", "«13812345678»");
    found("phone", "«138 1234 5678»是我的手机");
    found("phone", "张三«13812345678»，谢谢");
    found("phone", "tel «138\xE2\x80\xA8""0013\xE2\x80\xA8""8000» end"); /* line separators */
    found("phone", "电话«+86 138-1234-5678»");
    found("phone", "«+8613812345678»");
    found("phone", "座机«010-12345678»");
    found("phone", "«0755-12345678»");
    found("phone", "电话«075512345678»");
    silent("12012345678");
    silent("138123456789");
    silent("1381234567");
    silent("15412345678"); /* no such segment */
}

static void the_worlds_telephones(void **state) {
    found("phone", "Call «(212) 555-0147» now");
    found("phone", "«212-555-0147»");
    found("phone", "«+1 212 555 0147»");
    found("phone", "«+44 20 7946 0958»");
    found("phone", "«+49 30 12345678»");
    found("phone", "«+81-90-1234-5678»です");
    found("phone", "携帯番号は«090-1234-5678»です");
    found("phone", "«010-1234-5678»");
    found("phone", "Tel: «+55 (11) 99876-5432»");
    found("phone", "Telefon «089/12345678»");
    found("phone", "meine Handynummer ist «01714455667»");
    found("phone", "die Handynummer «0171 4455667», mein Spitzname");
    found("phone", "Frau Stein ist unter «0234/8899123» zu sprechen");
    found("phone", "Die andere «0171/4455667» geht immer");
    silent("Aktenzeichen 0123/2024 vom Montag");
    found("phone", "call «212-555-0147x44»");
    silent("+999 12345678");
    silent("+44 20 7946");
    silent("112-555-0147");
    silent("Version 0.12.345678901");
    silent("meeting on 2024-03-07 at 10:30");
}

static void british_telephones_need_no_word(void **state) {
    found("phone", "Claims are reported on «0113 496 0455» within 14 days.");
    found("phone", "claims are taken at «0151 496 0012», at night");
    found("phone", "claims are taken at «01943 609327», at night");
    found("phone", "claims are taken at «01943 609 327», at night");
    silent("parts 0132 496 0455 and 01943 6093270 and 0113 49 60455 are out");
}

/* "My number" is Japan's national number, and what everybody says of a telephone's. */
static void my_number_is_a_telephones(void **state) {
    found("phone", "my number is «13800138000»");
    found("phone", "My number: «212 555 0147»");
    found("phone", "my number is «2125550147»");
    found("phone", "his number is «13800138000», call him");
    found("phone", "your number is still «555-0147»?");
    found("phone", "我的号码是«13800138000»");
    found("national_id", "My Number «1234 5678 9018»");
    found("card", "my number is «4111 1111 1111 1111»");
    silent("your order number is 5550147");
    silent("the number is 5550147");
}

static void cards_by_scheme_and_luhn(void **state) {
    found("card", "«4111111111111111»");
    found("card", "Card «4111-1111-1111-1111».");
    found("card", "«3782 822463 10005»");
    found("card", "卡号«6212 2622 0000 0000 004»");
    silent("4111111111111112");
    silent("1234567890123456");
    silent("4111 11111 1111111"); /* no scheme groups so */
}

/* All of it, although a telephone number can be seen in its middle. */
static void a_mistyped_card_behind_its_word_goes_whole(void **state) {
    found("card", "your card «6222 0214 0200 1234 567», thanks");
    found("card", "卡号«6222 0214 0200 1234 567»，谢谢");
    found("card", "credit card: «4111111111111112»");
    silent("6222021402001234567");
    silent("信用卡还款500000元");
}

static void ibans_of_all_lengths(void **state) {
    found("iban", "IBAN «DE89 3704 0044 0532 0130 00»");
    found("iban", "«FR1420041010050500013M02606»");
    found("iban", "«GB29 NWBK 6016 1331 9268 19» thanks");
    found("iban", "«NO9386011117947»");
    found("iban", "«MT84MALT011000012345MTLCAST001S»");
    found("iban", "IBAN: «DE00 3704 0044 0532 0130 00»"); /* mistyped */
    silent("DE00370400440532013000");
    silent("ZZ89370400440532013000");
    silent("DE8937040044053201300");
}

static void national_numbers(void **state) {
    found("national_id", "«123-45-6789»");
    silent("000-45-6789");
    silent("666-45-6789");
    silent("123-00-6789");
    found("national_id", "«AB 12 34 56 C»");
    silent("BG 12 34 56 C");
    found("national_id", "NHS «943 476 5919»");
    silent("NHS 943 476 5918");
    found("tax_id", "Steuer-ID: «36 574 261 809»");
    silent("Steuer-ID: 36 574 261 808");
    found("national_id", "«2 95 10 99 126 111 93»");
    found("national_id", "DNI «12345678Z»");
    found("national_id", "DNI «12345678A»"); /* mistyped: a shape that tells, behind its word */
    silent("12345678A");
    found("national_id", "my SSN is «987-65-4321»");
    found("national_id", "CPF: «529.982.247-99»");
    found("tax_id", "«RSSMRA85T10A562S»");
    silent("RSSMRA85T10A562T");
    found("national_id", "BSN «111222333»");
    found("national_id", "PESEL «44051401359»");
    silent("PESEL 44051401358");
    found("national_id", "«529.982.247-25»");
    silent("529.982.247-99");
    found("tax_id", "«11.222.333/0001-81»");
    found("national_id", "Aadhaar «2341 2341 2346»");
    silent("Aadhaar 2341 2341 2345");
    found("tax_id", "PAN: «ABCPD1234E»");
    found("national_id", "マイナンバー«123456789018»");
    silent("マイナンバー123456789019");
    found("national_id", "«900307-1234561»");
    silent("900307-1234562");
    found("national_id", "«A123456789»");
    found("national_id", "«A123456(3)»");
    silent("A123456(4)");
    found("national_id", "«S1234567D»");
    found("national_id", "«756.9217.0769.85»");
    found("national_id", "«131052-308T»");
}

static void chinese_papers_and_plates(void **state) {
    found("cn_plate", "车牌«京A12345»");
    found("cn_plate", "«粤B·12345»");
    found("cn_plate", "«沪AF01234»");
    found("cn_plate", "«京A1234警»");
    found("cn_plate", "«使014578»");
    silent("京A123");
    silent("中A12345");
    silent("京A1O345");
    found("passport", "护照号«G12345678»");
    silent("编号G12345678的订单");
    found("cn_permit", "港澳通行证«C12345678»");
    found("cn_officer_id", "军字第«12345678»号");
    silent("军字第1234567号");
    found("cn_social_account", "我的QQ是«12345678»");
    silent("数字是12345678");
    found("cn_social_account", "我的微信：«zhangsan_2024»");
    silent("微信号123abc");
}

static void number_plates_behind_their_word(void **state) {
    found("record_number", "Kennzeichen: «B-MX 4711»");
    found("record_number", "My licence plate is «7ABC123».");
    found("record_number", "Versichertennummer: «A123456780»");
    found("record_number", "Sozialversicherungsnummer: «65 170839 J 008»");
    found("bank_account", "the sort code is «20-45-53», please");
    found("bank_account", "a wrapped line: the sort code is\n«20-45-53», please");
    found("birth_date", "our daughter, who was born on\n«14 March 2017», needs a passport");
    silent("we talked of the sort code\n20-45-53 and other things");
}

static void addresses_of_the_network(void **state) {
    found("email", "邮箱«zhang@example.com»");
    found("email", "«user+tag@mail.example.co.uk».");
    found("email", "<«a@b.com»>");
    silent("user..name@example.com");
    silent(".user@example.com");
    silent("user@host");
    silent("icon@2x.png");
    found("network_address", "服务器IP是«192.168.1.100»");
    silent("256.1.2.3");
    silent("version 1.2.3.4 released");
    found("network_address", "«2001:db8::1» 上线");
    found("network_address", "«2001:0db8:85a3:0000:0000:8a2e:0370:7334»");
    silent("std::vector at 12:30:45");
    found("device_id", "mac «AA:BB:CC:DD:EE:FF»");
    silent("AA:BB:CC:DD:EE");
    found("device_id", "IMEI «490154203237518»");
    silent("IMEI 490154203237517");
    found("position", "坐标«39.9042, 116.4074»");
    found("position", "at «39°54′20″N»");
    silent("at 39°C, 12' long");
    found("url_with_token", "链接 «https://example.com/verify?token=abc123def456»");
    found("url_with_token", "«postgres://app:s3cret@db.local:5432/x»");
    silent("visit https://example.com/page?id=12");
}

static void secrets(void **state) {
    found("key", "key «sk-ant-api03-FAKE0000000000000000000000000000abcdefghij»");
    found("key", "AWS: «AKIAIOSFODNN7EXAMPLE»");
    found("key", "«ghp_0000000000000000000000000000000000FAKE»");
    found("key", "«doo_v1_0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef»");
    found("key", "«glpat-0123456789abcdefghijABCDEFG.01.0a1b2c3»");
    found("key", "«dp.pt.FAKE0000000000000000000000000000000000abcde»");
    silent("sha256~short dp.pt. API-REFERENCE rnd_seed fc-network");
    silent("ghx_0000000000000000000000000000000000FAKE");
    silent("sk-short123");
    found("key", "«eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiJ0ZXN0In0.FakeSig123_-abcdef»");
    silent("eyJABC.eyJDEF.GHIJKL");
    found("key",
          "file:\n«-----BEGIN RSA PRIVATE KEY-----\nFAKE000\n-----END RSA PRIVATE KEY-----»\n");
    found("password", "password: «hunter2»");
    found("password", "密码是«Qwe12345»，别告诉人");
    silent("password is required");
    silent("密码错误");
    silent("password = os.environ[\"PW\"]");
    found("key", "token = \"«f3a9c27be81d4f0692ab»\"");
    found("key", "my key is «f3a9c27be81d4f0692ab»");
    silent("the key is under the doormat-in-front");
    found("password", "PIN: «4711»");
    found("key", "AccountKey=«Zm9vYmFyMTIzNDU2Nzg5MGFiY2Rl==»;EndpointSuffix");
    found("wallet", "«1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNa»");
    silent("1A1zP1eP5QGefi2DMPTfTL5SLmv7DivfNb");
}

static void secrets_of_command_lines(void **state) {
    found("password", "curl -u admin:«s3cr3tPW» https://x.example");
    found("password", "mysql -u root -p«hunter22» shop");
    found("password", "sshpass -p «Tr0ub4dor» ssh host");
    found("password", "PGPASSWORD=«tiger123» psql");
    found("password", "restic --password «correcthorse» backup");
    found("password", "machine api.example login bob password «opensesame»");
    found("password", "db.example:5432:shop:bob:«opensesame»");
    found("password", "{\"user\": \"root\", \"pwd\": \"«opensesame»\"}");
    found("password", "my password is «correct-horse»");
    found("password", "Kennwort: «Geheim77»");
    found("password", "Das Passwort ist «Geheim77»");
    found("password", "Das WLAN-Passwort lautet «Geheim77»!");
    found("password", "the code is «4821»");
    found("password", "提取码：«a8x2»");
    found("password",
          "seed phrase: «abandon ability able about above absent absorb abstract absurd "
          "abuse access accident»");
    found("key", "«AGE-SECRET-KEY-1QPZRY9X8GF2TVDW0S3JN54KHCE6MUA7LQPZRY9X8GF2TVDW0S3JN54KHCE»");
    found("key", "dapi: «dapi0123456789abcdef0123456789abcdef»");
    found("url_with_token", "«https://open.feishu.cn/open-apis/bot/v2/hook/1b2c3d4e-5f60»");
    found("password", "redis-cli -h cache -a «R3disAuth» ping");
    found("password", "keytool -list -storepass «storeme1»");
    found("password", "smbclient //nas/share -U bob%«NasPw123»");
    found("password", "define('DB_PASSWORD', '«wp_S3cret»');");
    found("password", "app.config['PASSWORD'] = '«plainword»'");
    found("password", "Login: jane / «Winter2026!»");
    found("password", "Zoom passcode «660214»");
    found("password", "Your OTP is «448 192».");
    found("password", "the alarm code «4471»");
    silent("form.add('password', 'confirm')");
    silent("Login: see / or ask");
    silent("openssl x509 -in cert.pem -noout");
    silent("docker run -u 1000:1000 -p 8080:80 image");
    silent("mysql -u root -p shop");
    silent("sshpass -p $PW ssh host");
    silent("the password is case-sensitive");
    silent("error code is 4041, country code: 0049, zip code is 12345");
    silent("seed phrase: keep these words safe");
    silent("http://localhost:5432/a:b");
    silent("password only when needed");
    found("password", "the password for the zip is «Tr0ub4dor&3», ok");
    found("password", "pw for the wifi is «Blue7sky!»");
    found("password", "Das Passwort für das WLAN lautet «Sommer2024!»");
    found("password", "mein Kennwort ist «Katze!99x».");
    silent("the password of the old account is important!");
    silent("the password field in the form is mandatory. Version v2.31 has it.");
    silent("Das Passwort ist falsch");
}

/* A value that ends at its first letter with an accent would leave the rest of it to be read. */
static void passwords_of_any_alphabet_are_found_whole(void **state) {
    found("password", "Passwort: «Grünkohl#77»");
    found("password", "Passwort: «Köln1234», danke");
    found("password", "Passwort: «geheim§77€»");
    found("password", "password: «пароль1234»");
    found("password", "mysql -u root -p«Müller123» -h db");
    found("password", "sshpass -p «grünkohl77» ssh host");
    found("password", "curl -u emma:«Grünkohl77» https://x");
    found("password", "db.example:5432:shop:bob:«geheimäö77»");
    found("password", "{\"password\": \"«ab,cd;12ef»\", \"b\": \"c\"}");
    found("password", "密码: \"«你好世界1234»\"");
    found("password", "密码：«Abc12345»然后登录");
    silent("Das Passwort ist veränderbar.");
    silent("Passwort: für alle");
    silent("password = \"");
    silent("password = \"\xC3");
}

static void dates_of_birth_only(void **state) {
    found("birth_date", "DOB: «03/07/1990»");
    found("birth_date", "born on «7th March 1990»");
    found("birth_date", "Detlef, geboren am «3. August 1969» in Bad Salzuflen, wohnt in Detmold");
    found("birth_date", "Yusuf, geb. «07.09.1958», wohnt seit langem in Bochum");
    found("birth_date", "Rieke wurde geboren am «7. März 1990» und wohnt in Bochum bei uns");
    silent("Die Rechnung vom 3. August 2024 ist bezahlt, sagt die Buchhaltung in Bochum");
    found("birth_date", "birthday: «March 7, 1990»");
    found("birth_date", "出生日期«1990年03月07日»");
    found("birth_date", "生日是«三月七日»");
    found("birth_date", "出生日期：«一九九〇年十二月二十五日»");
    silent("meeting on 03/07/2024");
    silent("2024年3月7日开会");
}

static void german_documents(void **state) {
    found("national_id", "Personalausweisnummer: «L01X00T478»");
    found("national_id", "Ausweisnummer «T220001293»");
    found("passport", "Reisepass Nr. «C01X0006H»");
    found("passport", "Passnummer: «C01X0006H»");
    found("record_number", "Krankenversichertennummer «A123456780»");
    found("record_number", "Patientennummer «1234567»");
    found("national_id", "«15 070649 C 103»");
    found("national_id", "Rentenversicherungsnummer: «15070649C103»");
    silent("15 070649 C 104");
    silent("15070649C103");
    found("phone", "Mobil: «0171 123 45 67»");
    found("bank_account", "Kontonr. «1234567890»");
    silent("Der Ausweis liegt im Fach 12.");
    silent("Version 3. A12345678 is a build.");
}

/* Logs and lists of accounts name their users; code and schemas do not. */
static void logins_of_logs(void **state) {
    found("login", "auth ok user=«rgutierrez» ip=none");
    found("login", "accounts:\n  - username: «rgutierrez»\n");
    silent("User(username=data, active=True)");
    silent("user=root started; username: string\n");
}

/* A header reaches the values of its column. */
static void headers_of_tables(void **state) {
    found("birth_date", "id,plan,dob\n7,pro,«1982-01-09»\n");
    found("labelled_name", "id;last_name;plan\n7;«orlova»;pro\n");
    found("birth_date", "INSERT INTO t (id, x, birth_date) VALUES (1, 'a', '«1959-06-30»');");
    found("record_number", "Name;SV-Nummer;Lohn\n7;«65 140298 T 001»;18\n");
    found("record_number", "Kundennr;Name;Ort\n«K 10477»;7;9\n");
    found("birth_date", "Name;Geburtsdatum;Stundenlohn\n7;«1982-01-09»;18\n"); /* no name */
    silent("id,plan,since\n7,pro,1982-01-09\n");
    silent("id,plan,dob\n7,pro\n8,free,1982-01-09,x\n");
}

static void german_dates_of_birth(void **state) {
    found("birth_date", "Frau Ott, geb. «07.03.1990»");
    found("birth_date", "geb. am «7.3.90» in Bonn");
    found("birth_date", "geboren am «7. März 1990» in Bonn");
    found("birth_date", "GEBOREN AM «7. MÄRZ 1990»");
    found("birth_date", "Geburtstag: «3. Mai 1972»");
    found("birth_date", "Geburtsdatum: «12. Dez. 1964»");
    found("birth_date", "Er wurde am «1. Juli 1955» in Bonn geboren.");
    found("birth_date", "Die am «3. Maerz 1972» geborene Person");
    silent("Der Vertrag vom 3. Mai 2012 endet.");
    silent("In Zimmer 7. Mehr davon.");
    silent("Am 7. M\xC3");
}

static void dates_of_birth_of_the_neighbours(void **state) {
    found("birth_date", "née le «4 février 1981» à Angers");
    found("birth_date", "né le «1er mars 1993»");
    found("birth_date", "fecha de nacimiento: «5 de enero de 1950»");
    found("birth_date", "nata il «12 settembre 1987»");
    found("birth_date", "nascida a «8 de junho de 1990»");
    found("birth_date", "geboren op «9 oktober 1976»");
    found("birth_date", "urodzony «14 lipca 1983»");
    found("birth_date", "BDAY:«1986-02-17»");
    silent("la réunion du 4 février 1981 à Angers");
    silent("12 settembre 1987: niente");
}

static void addresses_with_a_house_number(void **state) {
    found("street_address", "他住在«杭州市西湖区文三路200号»。");
    found("street_address", "地址：«山东省青岛市市南区香港中路67号远洋大厦12层1203室»，邮编");
    found("street_address", "快递寄到«朝阳建国路100号»");
    found("street_address", "«上海市浦东新区陆家嘴环路1000号3栋»");
    silent("地铁1号线在3月5号开通，排名第2号");
    found("street_address", "lives at «742 Evergreen Terrace, Springfield, IL 62704».");
    found("street_address", "«12 Baker St., Flat 4B» is where");
    found("street_address", "Address: «SW1A 1AA» London");
    silent("In 2024 the Main Street fair drew 5000 people");
    found("street_address", "Adresse : «12 rue de la Paix, 75002 Paris».");
    found("street_address", "Wir wohnen in der «Torstraße 12a, 10115 Berlin».");
    found("street_address", "Büro: «Hauptstr. 5»");
    silent("pay 5 via Berlin, 12 place settings");
    silent("die Straße 12 Meter breit");
}

/* Whatever the road is called: a code of Britain says that a house's number is one. */
static void an_address_is_whole_with_its_code_and_its_town(void **state) {
    found("street_address", "for the flat at «23B Wells Promenade, Ilkley LS29 9LF».");
    found("street_address", "She lives at «7 Hawksworth Bank, Ilkley LS29 9LF», since May");
    found("street_address", "Leeds, 2 September 2025, London «SW1A 1AA»");
    found("street_address", "Sitz: «Gerberstraße 17, 65549 Limburg an der Lahn».");
    found("street_address", "in der «Torstraße 4, 15230 Frankfurt (Oder)» wohnt");
    found("street_address", "in der «Torstraße 4, 78048 Villingen-Schwenningen», wo er wohnt");
    found("street_address", "in der «Torstraße 4, 10115 Berlin» am Montag");
    found("street_address", "in der «Torstraße 4, 10115 Berlin» (Hinterhaus, links)");
    found("street_address", "zu Hd.\n«Hinterm Zoll 22\n31675 Bückeburg»\n\nwegen der Küche");
    silent("die Summe 3\n10000 Euro");
    found("street_address", "«Torstraße 4, 10115 Berlin»和他们一起住在那座很老的房子里"); /* no half sign */
}

/* Firms cut their numbers by dashes, and lead them by letters. */
static void numbers_of_customers_and_contracts_have_several_parts(void **state) {
    found("record_number", "Policy number «PM-88-204417-C»");
    found("record_number", "Kundennummer: «KD-7741-229»");
    found("record_number", "held under certificate «MDS-4471-9920».");
    found("record_number", "Employee number «HI-00482» since 2019");
    found("record_number", "USt-IdNr.: «DE 136695976»");
    found("record_number", "VAT number «GB 980 7806 84»");
    found("record_number", "客户编号：«KH-20231187»");
    found("record_number", "合同编号：«HT-2025-0931»");
    found("record_number", "Kunden-Nr. «K 10477» vom März");
    found("tax_id", "St.-Nr. «123/456/78901» des Betriebs");
    found("tax_id", "StNr: «013 815 08153»");
    silent("customer number since 2025-11-03 and policy number from 03/11/2025");
    silent("invoice number 2025-118, order 4471-9920-11");
}

static void flats_belong_to_their_address(void **state) {
    found("street_address", "Come to «Flat 9, 122 Kingsland Road», please");
    found("street_address", "A flat 9, «122 Kingsland Road», please");
}

static void amounts_only_beside_a_word_of_money(void **state) {
    static const char *const texts[] = {"I earn «84,500 euros» a year",
                                        "annual salary: «$84,500»",
                                        "a mortgage of «EUR 120 000»",
                                        "my student loan is «£12.5k» by now",
                                        "Gehalt «3.450,00 €» brutto",
                                        "每月工资«8500元»，不多",
                                        "房贷还剩«30万元»"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) found_as("amount", texts[i], false);
    silent("it costs 84,500 euros");
    silent("价格是8500元");
    silent("she earned 3 points and 2 stars");
    silent("a salary for 12 months");
}

/* A character's first byte without the others swallows nothing that stands behind it. */
static void broken_signs_hide_no_digits(void **state) {
    found_as("phone", "手机 \xE5«１３８００１３８０００»", false);
    found_as("phone", "手机 \xE5«一三八零零一三八零零零»", false);
}

/* stamp.c: a day with an hour is nobody's, and what stands around it is seen as without it. */
static void a_day_with_an_hour_takes_nothing_from_its_neighbours(void **state) {
    static const char *const stamps[] = {
        "2003-05-12T10:32:00Z", "1999-12-02 10:32:07,123", "12 Oct 2025 10:32:00 +0200",
        "2003-05-12T10:32:00.123456+02:00", "Oct 12 10:32:00", "7:45", "19:07:33"};
    static const char behind[] = "the request was done and nothing else is to be said of it";
    char text[256];
    for (size_t i = 0; i < ARRAY_LEN(stamps); i++) {
        snprintf(text, sizeof text, "it says %s level and %s", stamps[i], behind);
        silent(text);
        snprintf(text, sizeof text, "it says %s «13812345678» and %s", stamps[i], behind);
        found("phone", text);
        snprintf(text, sizeof text, "done, «13812345678»\n%s level and %s", stamps[i], behind);
        found("phone", text);
        snprintf(text, sizeof text, "id=0123456789abcdef\n%s call «020 7946 0958» and %s",
                 stamps[i], behind);
        found("phone", text);
        snprintf(text, sizeof text, "%s at «12 Main Street» and %s", stamps[i], behind);
        found("street_address", text);
    }
    snprintf(text, sizeof text, "she was born on «1990-03-07» 10:32:00 so %s", behind);
    found("birth_date", text);
    snprintf(text, sizeof text, "she was born on «7 Mar 1990» 10:32:00 so %s", behind);
    found("birth_date", text);
    snprintf(text, sizeof text, "phone: 2025-07-13 12:38:24.530 so %s", behind);
    silent(text); /* as many digits as a telephone number */
    snprintf(text, sizeof text, "a host at «12:30::ab» was down and %s", behind);
    found("network_address", text);
}

/* small.c knows the words beside a small number by two letters of each. */
static void every_word_beside_a_small_number_counts(void **state) {
    static const char *const months[] = {
        "January", "February", "March", "April", "May", "June", "July", "August", "September",
        "October", "November", "December", "jan", "feb", "mar", "apr", "jun", "jul", "aug", "sep",
        "sept", "oct", "nov", "dec"};
    static const char *const monate[] = {"Januar", "Februar", "M\u00e4rz", "Mrz", "April", "Mai",
                                         "Juni", "Juli", "August", "September", "Oktober",
                                         "November", "Dezember"};
    static const char *const before[] = {"us$", "$", "\u20ac", "\u00a3", "\u00a5", "usd", "EUR",
                                         "gbp", "chf", "RMB", "cny"};
    static const char *const behind[] = {
        "euros", "dollars", "pounds", "yuan", "francs", "usd", "EUR", "gbp", "CHF", "rmb", "cny",
        "k euros", "thousand euros", "\u5143"};
    static const char *const streets[] = {
        "12 rue de Paris", "12 avenue de Paris", "12 boulevard de Paris", "12 place de Paris",
        "12 chemin de Paris", "12 impasse de Paris", "12 quai de Paris", "12 all\u00e9e de Paris",
        "12 calle de Paris", "12 rua de Paris", "12 cours de Paris", "12 route de Paris",
        "Lindenstra\u00dfe 12", "Lindenstrasse 12", "Lindenstr. 12", "Lindengasse 12",
        "Lindenstraat 12", "Lindengracht 12", "Lindengatan 12", "Lindenallee 12"};
    static const char *const units[] = {"号", "號", "弄", "栋", "幢", "座", "楼", "层",
                                        "室", "户", "单元"};
    static const char *const yuan[] = {"元", "块", "万元", "千元", "百元", "美元", "欧元", "港币",
                                       "人民币"};
    char text[128];
    for (size_t i = 0; i < ARRAY_LEN(months); i++) {
        snprintf(text, sizeof text, "we know she was born on «7 %s» in that old house", months[i]);
        found_as("birth_date", text, true);
        snprintf(text, sizeof text, "we know she was born on «%s 7» in that old house", months[i]);
        found_as("birth_date", text, true);
    }
    for (size_t i = 0; i < ARRAY_LEN(monate); i++) {
        snprintf(text, sizeof text, "die Akte sagt, geboren am «7. %s 1990» in dem alten Haus dort",
                 monate[i]);
        found_as("birth_date", text, true);
    }
    for (size_t i = 0; i < ARRAY_LEN(before); i++) {
        snprintf(text, sizeof text, "it says her salary was «%s 84.5» or not so much", before[i]);
        found_as("amount", text, true);
    }
    for (size_t i = 0; i < ARRAY_LEN(behind); i++) {
        snprintf(text, sizeof text, "it says her salary was «84.5 %s» or not so much", behind[i]);
        found_as("amount", text, true);
        snprintf(text, sizeof text, "it says her salary was «84,500 %s» or so we hear", behind[i]);
        found_as("amount", text, true);
    }
    found_as("amount", "it says her salary was «1.234,567 euros» or so we hear", true);
    found_as("birth_date", "我们都知道他生于«8月12日»，那一天没有人在家里，后来", true);
    found_as("birth_date", "我们都知道他生于«1985年»，那一年没有人在家里，后来", true);
    for (size_t i = 0; i < ARRAY_LEN(units); i++) {
        snprintf(text, sizeof text, "他们一家住在«北京市朝阳路12%s»后来的事情大家都知道", units[i]);
        found_as("street_address", text, true);
    }
    for (size_t i = 0; i < ARRAY_LEN(yuan); i++) {
        snprintf(text, sizeof text, "大家都说他的工资是«8500%s»，是不是真的没有人知道", yuan[i]);
        found_as("amount", text, false);
    }
    for (size_t i = 0; i < ARRAY_LEN(streets); i++) {
        snprintf(text, sizeof text, "it is known that they live in «%s» or so we hear", streets[i]);
        found_as("street_address", text, false);
    }
}

static void names_behind_a_label(void **state) {
    found("labelled_name", "姓名：«马超»，男");
    found("labelled_name", "收件人：«欧阳小明»先生");
    found("labelled_name", "持卡人：«阿卜杜拉·买买提»");
    found("labelled_name", "Name: «John Q. Smith»\n");
    found("labelled_name", "Name: «Annegret Müllersdorf». =3D"); /* where the tagger is blind */
    found("labelled_name", "Name: «Björn Ångström» =3D");
    found("labelled_name", "Name: «Łukasz Żółć-Šimůnek» =3D");
    found("labelled_name", "Name: «Jean É. Dupré». Der Mann =3D");
    silent("姓名：待定");
    silent("file name: Annual Report");
    silent("name: build");
}

/* ---- spellings ----------------------------------------------------------------------------- */

static void fields_and_headers_name_people(void **state) {
    found("labelled_name", "{\"lastName\": \"«Delacroix»\", \"size\": \"10.5\"}");
    found("labelled_name", "first_name: «Ignatius»");
    found("labelled_name", "Nachname: «Öztürk»");
    found("labelled_name", "\"last_name\": \"«o'brien»\"");
    silent("lastName: string;");
    silent("first_name = Column(String)");
    silent("firstName: req.body.firstName");
    silent("\"last_name\": \"varchar\"");
    const ScanSpan *spans;
    assert_int_equal(scan(STR("To: \"Farn, Elsie\" <e@uni.example>"), &spans), 2);
    assert_int_equal(spans[0].kind, KIND_NAME);
    assert_int_equal(spans[0].start, 5);
    assert_int_equal(spans[0].end, 16);
    assert_int_equal(scan(STR("at 4:22 PM Gudrun van Dam <g@x.example>"), &spans), 2);
    assert_int_equal(spans[0].kind, KIND_NAME);
    silent("a < b and \"x\" <br>");
}

static void spellings_are_seen_through(void **state) {
    found("phone", "电话：«１３８１２３４５６７８»");
    found("phone", "Call me at «138\u200B1234\u200B5678»");
    found("phone", "手机«一三八零零一三八零零零»");
    found("phone", "手机«壹叁捌零零壹叁捌零零零»");
    found("phone", "手机«138零零一三8000»");
    found("phone", "手机«①③⑧⓪⓪①③⑧⓪⓪⓪»");
    found("phone", "手机«𝟏𝟑𝟖𝟎𝟎𝟏𝟑𝟖𝟎𝟎𝟎»");
    found("phone", "手机«1 3 8 0 0 1 3 8 0 0 0»");
    found("cn_resident_id", "身份证«110101199003\n074610»");
    found("cn_resident_id", "身份证«11O1O1199OO3O74610»");
    found("card", "卡号«4111\r\n1111 1111 1111»");
    found("email", "«zhang＠example．com»");
    found("national_id", "«АВ123456С»"); /* Cyrillic letters */
    found("cn_resident_id", "«1\u0336101011990030746\u202e10»");
}

static void escapes_are_read(void **state) {
    found("phone", "tel:«%31%33%38%30%30%31%33%38%30%30%30» now");
    found("phone", "«&#49;&#x33;8 0013 8000»");
    found("phone", "{\"phone\":\"«138\\u0030\\u003013\\u0038000»\"}");
    found("phone", "printf(\"«\\x31\\x33\\x38\\x30\\x30\\x31\\x338000»\")");
    found("cn_resident_id", "«\\u{31}10101199003074610»");
    found("email", "to=«bob.smith%40example.com»&x=1");
    found("email", "«bob&#46;smith&commat;example&period;com»");
    found("url_with_token", "«https://x.example/?name=%E5%BC%A0&token=abcdef1234»");
    found("labelled_name", "{\"name\": \"«\\u5f20\\u4e09\\u4e30»\"}");
    found("labelled_name", "name: '«\\xe5\\xbc\\xa0\\xe4\\xb8\\x89»'");
    found("labelled_name", "name: \"«\\345\\274\\240\\344\\270\\211»\"");
    found("labelled_name", "name: «=E5=BC=A0=E4=B8=89»");
    found("phone", "«\\U00000031\\U00000033800138000»");
    found("phone", "«\\061\\063\\070\\060\\06013\\070\\060\\060\\060»");
    found("phone", "电话 «138=0013=8000»");
    found("national_id", "SSN «123=45=6789»");
    found("phone", "«138\x1b[1;31m0013\x1b[0m8000» and \x1b[32mok");
    silent("50%20off, 100%, %4, %, &, &#, &#;, \\u12, \\ud83d, %C0%80, &#1114112; \\");
    silent("a=10, b=20; x=31 \\1\\2 C:\\101 \\U0001 \\400\\401 \x1b[, \x1b[3, \x1b[2J \x1b");
}

static void short_codes_that_say_something_are_secrets(void **state) {
    found("password", "in base64: «MTM4MDAxMzgwMDA=» ok");
    found("password", "Authorization: Basic «dXNlcjpwYXNzd29yZDEyMw==»");
    found("password", "url?x=«aGVsbG8gbXkgZnJpZW5k»&y=1");
    found("password", "《«5oiR55qE5omL5py65Y-35pivMTM4»》"); /* base64url, Chinese */
    found("password", "0031 «313338303031333830303031»");
    found("password", "in base64: «5byg5Lyf5piO» ok");
    found("password", "in hexadecimal: «e5bca0e4bc9fe6988e»");
    found("password", "gzip «H4sIAAAAAAACAzM0tjA0MjYxNTO3AADHm3fLCwAAAA==» and more");
    found("password", "zlib «eJwzNLYwNDI2MTUztwAAE7gCOg==» and more");
    found("iban", "«DE88396853203242606971»"); /* would say something as hexadecimal */
    silent("d41d8cd98f00b204e9800998ecf8427e 3b18e512dba79e4c8300dd08aeb37f8e728b8dad");
    silent("a4:83:e7:12 e5bcc0ffee00 789c1f8b08aa 1F8B08AA0011 Kx9d2Lq8Zt4R eJ and eJwhat");
    silent("the internationalization of disestablishmentarianism");
    silent("SGVsbG8= src/knowledge/read/pdf_page.c ================ --------------------");
    silent("123456789012345678901234567890 THIS_IS_A_CONSTANT_NAME_OF_LENGTH");
}

static void mail_knows_other_letters_and_line_ends(void **state) {
    found("email", "mail «josé@acme.es», tomorrow");
    found("email", "mail «jürgen.müller@firma.de»");
    found("email", "mail «info@müller.de»。");
    found("email", "«пётр@почта.рф» 是我的");
    found("email", "邮箱«emma.clark@acme.com»是我的");
    found("email", "write to «emma.clark@harbour-\nestates.co.uk».");
    found("email", "write to «emma.clark@harbour.\r\nestates.co.uk» now");
    found("email", "write to «emma.clark@acme.com».\nthanks");
    silent("emma@acme.\nThanks, see you @ noon\nand é@é");
}

static void a_number_of_a_spreadsheet_is_one(void **state) {
    found("phone", "id,x\n7,«13800138000».0\n");
    found("card", "pays with «4111111111111111».0, he says");
    silent("13800138000.5 and 4111111111111111.25 and 13800138000.0.1");
}

static void numbers_are_broken_over_lines(void **state) {
    found("cn_resident_id", "身份证号 «11010\n519491231002X» ok");
    found("cn_resident_id", "«11010-\r\n519491231002x»");
    found("phone", "电话 «13800138000»x ok");
    found("cn_resident_id", "«1\n1\n0\n1\n0\n5\n1\n9\n4\n9\n1\n2\n3\n1\n0\n0\n2\nX»\nok");
    found("phone", "电话：\n«1\r\n3\r\n8\r\n0\r\n0\r\n1\r\n3\r\n8\r\n0\r\n0\r\n0»\r\n。");
    found("phone", "电话 «一、三、八、〇、〇、一、三、八、〇、〇、〇»。");
    silent("电话 一、二、三、四、五、六、七、八、九、十");
    silent("1\n3\n8\n0\n0\n1\n3\n8\n0\n0\n0\n1\n7\n2\n");
}

/* "3." under "2. ... 65217788" is the next item and not the end of a telephone. */
static void the_next_item_of_a_list_is_no_end_of_a_number(void **state) {
    found("phone", "2. 电话 «0512-65217788»。\n3. 时间");
    found("phone", "## 2) Phone: «01943 555 0142»\n3) Next");
    found("phone", "2. Phone: «01943 555 0142».\n\n3. Next");
    found("phone", "二十 2、电话 «0512-652177\n88». 好"); /* another line's number, or none, is digits */
    found("phone", "9. Phone: «01943 555 01\n42». Next");
}

static void groups_may_stand_apart_by_anything(void **state) {
    found("phone", "打我 «138*0013*8000» 吧");
    found("phone", "打我 «138_0013_8000» 吧");
    found("phone", "手机 | «138 | 0013 | 8000» |");
    found("phone", "tel <td>«138</td><td class=\"n\">0013</td><td>8000»</td>");
    found("phone", "call «138\t0013\t8000» now");
    found("phone", "phone: [«1, 3, 8, 0, 0, 1, 3, 8, 0, 0, 0»]");
    found("phone", "电话「«138」「0013」「8000»」");
    found("phone", "call \"«138\" + \"0013\" + \"8000»\" now");
    found("cn_resident_id", "«110101*1990*0307*4610»");
    found("cn_resident_id", "| «110101 | 1990 | 0307 | 4610» |");
    found("cn_resident_id", "«1-1-0-1-0-1-1-9-9-0-0-3-0-7-4-6-1-0»");
    found("iban", "«DE89/3704/0044/0532/0130/00»");
    found("iban", "«D*E*8*9*3*7*0*4*0*0*4*4*0*5*3*2*0*1*3*0*0*0»");
    found("card", "card «4111*1111*1111*1111»");
    found("national_id", "SSN «123*45*6789»");
    found("cn_credit_code", "税号 «913205 07MA 1WLG BX0B»");
    silent("| 138 | 2019 | 8000 |"); /* columns */
    silent("158,2019,1200\n");
    silent("110101*1990*0307*4611");
    silent("x = 138 + 2013 + 8000;");
    silent("{ 4111, 1111, 1111, 1111 }");
    silent("[1, 1, 0, 1, 0, 1, 1, 9, 9, 0, 0, 3, 0, 7, 4, 6, 1, 0, 5]"); /* a longer row */
}

static void letters_may_stand_for_digits(void **state) {
    found("phone", "«l38OOl38OOO»");
    found("phone", "手机 «I3800I38OOO»");
    found("cn_resident_id", "«11O1O119900307461O»");
    found("card", "card «4ll1 1111 l111 111l»");
    found("iban", "«DE8937O4OO44O532O13OOO»");
    found("cn_credit_code", "«9I3205O7MA1WLGBX0B»");
    silent("信用代码9I320507MA1WLGBX0B"); /* a code has no I: one may be a letter as well */
    silent("l38OOl38OO");
}

static void mail_may_be_disguised(void **state) {
    static const char *const texts[] = {
        "«zhangsan(at)qq.com»",     "我的邮箱 «zhangsan#qq.com» 谢谢", "«zhangsan艾特qq点com»",
        "«zhangsan8 at qq.com»",    "mail: «zhangsan @ qq.com»",       "«li.wei[@]firma.de»",
        "«bob_at_example_dot_com»", "«zhangsan【at】qq。com»",         "«bob<b>@</b>example.org»",
        "«bob@example[.]com»",      "«bob[dot]smith@example[dot]com»", "«zhangsan88 AT 163.com»"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) found("email", texts[i]);
    silent("look at example.com");
    silent("meet @ cafe.de");
    silent("issue#12.com");
    silent("(at) the (dot)");
    silent("我们艾特他一下");
    silent("a.b @ c");
}

static void bytes_that_spell_something_are_found(void **state) {
    found("password", "it is [«49, 51, 56, 48, 48, 49, 51, 56, 48, 48, 48»]");
    found("password", "it is «0x31, 0x33, 0x38, 0x30, 0x30, 0x31, 0x33, 0x38, 0x30, 0x30»");
    found("password", "it is «31 33 38 30 30 31 33 38 30 30 30»");
    found("password", "it is «061 063 070 060 060 061 063 070 060 060 060»");
    found("password", "it is [«69,109,109,97,32,67,108,97,114,107»]");
    found("password", "it is «65 6d 6d 61 40 63 6c 61 72 6b 2e 64 65 76»");
    found("password", "it is [«229,188,160,228,188,159,230,152,142,228,184,128»]");
    silent("110, 118, 115, 112, 120, 105, 111, 119, 117, 104, 113, 116 were measured");
    found("password", "it is [«49, 51, 56, 48, 48, 49, 51, 56, 48, 48, 48»        50, 51]");
    silent("12, 13, 14, 15, 16             17, 18, 19, 20, 21, 22      23");
    silent("36, 37, 36, 38, 37, 36, 36, 39, 37, 36, 38, 37, 36 degrees");
    silent("10 20 30 40 50 60 70 80 90 100 110 120 and 255, 255, 255, 0, 0, 0, 12, 13, 14, 15");
    silent("98 97 99 101 99 98 97 102 110 112 101 99 103 109 108 105 104 of them");
}

static void folders_and_pages_of_people_name_them(void **state) {
    found("login", "see /home/«emmac»/notes.txt");
    found("login", "at file:///Users/«emma.clark»/x.py line 3");
    found("login", "C:\\Users\\«ZhangWei»\\Desktop");
    found("login", "\"C:\\\\Users\\\\«eclark»\\\\x\"");
    found("login", "https://www.linkedin.com/in/«emma-clark-12»/");
    found("login", "write to t.me/«emmaclark».");
    found("login", "thanks @«emmaclark87» for the hint");
    found("login", "Instagram: @«emma.clark»\nmore");
    found("login", "me and @«emmac» on Twitter.");
    found("login", "微博@«emma_clark»，");
    found("login", "ping «Emma»s-MacBook-Pro.local");
    found("login", "«emma»s-macbook.local is up");
    found("login", "«Emma»s-iPhone joined");
    found("login", "auf Insta: «nachtfalter_03»");
    found("login", "My snapchat is «coldbrew_kev» if you like");
    found("login", "mein Insta: «nachtfalter»");
    found("login", "ask her, shes @«debfitz» on insta");
    silent("Snapchat is down again, my discord is down again");
    silent("@media (max-width: 600px) { @import url(x); }\n@Override public void run1987()");
    silent("@pytest.mark.slow\n@dataclass\n@app.route(\"/x\")\n@bfloat16 x\n@sha256:12");
    silent("npm i @emmaclark87/widgets @types/node left-pad@1.3.0 user@host icon@2x.png");
    found("card", "mail me @example.«4111 1111 1111 1111»");
    silent("@telegram_bot.message\ndef f(): pass");
    silent("best-cases-iphone-15 /cases-iphone windows-macbook.local this-macbook a-macbook.local");
    silent("desktop-client desktop-jsmith DESKTOP-7F3K2L1 @everyone on Twitter");
    silent("/home/user/x and /home/ubuntu/y, C:\\Users\\Public\\z");
    silent("/home/ /Users/ /users/me and go home/now or at home/office");
    silent("https://github.com/torvalds/linux");
}

static void what_chats_say_behind_a_word_is_found(void **state) {
    found("phone", "Ruf mich an: «0171/445 56 67»");
    found("phone", "«0171 4455667»");
    found("password", "WLAN-Schlüssel: «Hx7kqPz94mT»");
    found("password", "WLAN-Schlüssel: «8472 6610 2299 3841», bitte");
    found("password", "Karte im Schrank, PIN «4711»");
    found("password", "the PIN of my card is «4711»");
    found("password", "银行卡 PIN码：«4711»");
    found("street_address", "ich wohne «lindenstr. 12»");
    silent("Schlüssel: Wohnungstür, a pin at 4711 metres, einbahnstraße 2");
}

static void digits_of_any_kind_count(void **state) {
    static const char *const texts[] = {"手机«〡〣〨〇〇〡〣〨〇〇〇»",
                                        "手机«㊀㊂㊇〇〇㊀㊂㊇〇〇〇»",
                                        "手机«ⅠⅢⅧ00ⅠⅢⅧ000»",
                                        "手机«⒈⒊⒏🄀🄀⒈⒊⒏🄀🄀🄀»",
                                        "手机«幺三八洞洞幺三八洞洞洞»",
                                        "手机«一三八○○一三八○○○»",
                                        "手机«壹3捌0013捌000»",
                                        "手机«1\u115F38\u28000013\u20E38000»",
                                        "手机«%2531%2533%2538%2530013%25380%2530%2530»",
                                        "手机«&#49&#51&#56&#48&#48&#49&#51&#56&#48&#48&#48»"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) found("phone", texts[i]);
    found("cn_credit_code", "税号«九一三二〇五〇七MA一WLGBX〇B»");
    found("phone", "电话是«yao san ba ling ling yao san ba ling ling ling»");
    found("phone", "call «one 3 eight 0 zero one 3 eight 0 zero 0»");
    silent("打13800一下再说");
    silent("一，二，三");
    silent("si si si si si si si si");
}

static void what_is_said_aloud_is_heard(void **state) {
    found("phone", "My number: «one three eight zero zero one three eight zero zero zero».");
    found("phone", "call «one three eight, double zero one three eight, triple zero»");
    found("phone", "Two digits, then: «Two-one-two five five five oh one eight seven»");
    found("card", "card «four one one one, one one one one, one one one one, one one one two»");
    found("email", "«bob.smith [at] example [dot] com» ok");
    found("email", "«bob.smith(at)example(dot)com»");
    found("email", "«bob.smith AT example DOT com»");
    found("email", "write to «bob dot smith at gmail dot com» today");
    found("email", "«bob[at]example.com»");
    silent("one two three four five six seven eight nine");
    silent("met at the dot com time, look at this dot, a (at) b, [at] x, (at, x at y dot z");
    silent("We said zero, one, two and five; two of them ate eight of nine.");
}

static void words_glued_to_a_number_do_not_hide_it(void **state) {
    found("cn_resident_id", "身份证号«110101199003074610»ok");
    found("phone", "tel«13812345678»");
    found("national_id", "SSN:«123-45-6789»Phone");
    found("iban", "«DE89370400440532013000»");
    found("cn_credit_code", "«91320507MA1WLGBX0B»");
    silent("a7f13812345678c9");
}

static void names_that_end_in_a_numeral_stay(void **state) {
    found("phone", "张三«13812345678»");
    found("phone", "李五：«139 1234 5678»");
    silent("二〇二四年三月一日，一共三十五人");
}

static void offsets_lead_back_to_the_text(void **state) {
    Fold fold;
    Err err;
    static const char text[] = "a\u200B１2三b，é壹";
    assert_int_equal(fold_init(&fold, &err), OK);
    fold_window(&fold, (Str){text, sizeof text - 1});
    assert_memory_equal(fold.p, "a12三b,é壹", fold.n);
    assert_int_equal(fold_start(&fold, 0), 0);
    assert_int_equal(fold_end(&fold, 1), 1); /* without what is invisible behind it */
    assert_int_equal(fold_start(&fold, 1), 4);
    assert_int_equal(fold_end(&fold, 2), 7);
    assert_int_equal(fold_start(&fold, 2), 7);
    assert_int_equal(fold_end(&fold, 6), 11);
    assert_int_equal(fold_start(&fold, 7), 12);
    assert_int_equal(fold_end(&fold, 8), 15);
    assert_int_equal(fold_view_of(&fold, 7), 2);
    assert_int_equal(fold_view_of(&fold, 15), 8);
    static const char escaped[] = "a\\u5f20%e5%bc%a0&#x62;%";
    fold_window(&fold, (Str){escaped, sizeof escaped - 1});
    assert_int_equal(fold.n, 9);
    assert_memory_equal(fold.p, "a张张b%", fold.n);
    for (uint32_t x = 1; x < 4; x++) assert_int_equal(fold_start(&fold, x), 1);
    for (uint32_t x = 4; x < 7; x++) assert_int_equal(fold_start(&fold, x), 7);
    assert_int_equal(fold_end(&fold, 4), 7);
    assert_int_equal(fold_end(&fold, 7), 16);
    assert_int_equal(fold_start(&fold, 7), 16);
    assert_int_equal(fold_end(&fold, 8), 22);
    assert_int_equal(fold_end(&fold, 9), 23);
    fold_fini(&fold);
}

/* ---- size, time, memory -------------------------------------------------------------------- */

static void a_find_is_whole_wherever_windows_meet(void **state) {
    static const char piece[] =
        " tel １３８00138000 and ghp_0000000000000000000000000000000000FAKE ";
    char *text = malloc(WINDOWS_TEXT);
    const ScanSpan *spans;
    for (size_t shift = 0; shift < sizeof piece; shift++) {
        size_t pieces = text_across_windows(text, piece, shift);
        size_t count = scan((Str){text, WINDOWS_TEXT}, &spans);
        assert_int_equal(count, 2 * pieces);
        for (size_t i = 0; i < count; i += 2) {
            size_t at = WINDOW_STEP - WINDOW_EDGE + shift + i / 2 * (sizeof piece - 1);
            assert_int_equal(spans[i].start, at + 5);
            assert_int_equal(spans[i].end - spans[i].start, 17);
        }
    }
    free(text);
}

/* Longer than any number, at each place of a row. */
static void a_row_may_hold_thousands_of_digits(void **state) {
    enum { CELLS = 9, DIGITS = 5000 };
    const ScanSpan *spans;
    for (int wide = 0; wide < CELLS; wide++) {
        Buf row;
        buf_init(&row, 2 * DIGITS);
        for (int i = 0; i < CELLS; i++) {
            for (int k = 0; k < (i == wide ? DIGITS : i % 4 + 2); k++) buf_add_byte(&row, '1');
            buf_add_c(&row, ", ");
        }
        assert_int_equal(row.status, OK);
        assert_int_equal(scan(buf_str(&row), &spans), 0);
        buf_fini(&row);
    }
}

static void hostile_text_takes_linear_time(void **state) {
    static const char *const pieces[] = {"1",
                                         "1 ",
                                         "1-",
                                         "a1",
                                         "12345678 ",
                                         "1.",
                                         "@",
                                         "a@",
                                         "a.",
                                         ".@",
                                         "://",
                                         "a://b:",
                                         ":",
                                         "a:",
                                         "1:",
                                         "::",
                                         "-----BEGIN PRIVATE KEY-----",
                                         "ey",
                                         "eyJhbGciOiJIUzI1.",
                                         "password:",
                                         "token=",
                                         "一",
                                         "一 ",
                                         "１",
                                         "\xE2\x80\x8B",
                                         "1\n",
                                         "O0",
                                         "DE89",
                                         "A1 ",
                                         "0x",
                                         "sk-",
                                         "\xFF",
                                         "微信",
                                         "tel ",
                                         "1(",
                                         "+1 ",
                                         "1°",
                                         "1.11, ",
                                         "password password ",
                                         "1234 5678 ",
                                         "138 ",
                                         "0",
                                         "😀1",
                                         "出生1年",
                                         "路1号",
                                         "1*",
                                         "mysql ",
                                         "login password ",
                                         "mnemonic abandon ",
                                         ":5432:a:b",
                                         "1, ",
                                         "1</td><td>",
                                         "138*0013*8000*",
                                         "A*1*",
                                         "a at b.",
                                         "a[dot]",
                                         "#qq.",
                                         "艾特",
                                         "si si wu ",
                                         "l38OO ",
                                         "1 Ab ",
                                         "a1b2c3d4e5f6",
                                         "7 March ",
                                         "%31",
                                         "&#49;",
                                         "\\u4e00",
                                         "zero ",
                                         "zero",
                                         " dot ",
                                         "a at a dot ",
                                         "(at)",
                                         "MTIzMTIzMTIzMTIz"};
    for (size_t i = 0; i < ARRAY_LEN(pieces); i++) takes_linear_time(pieces[i]);
}

static void memory_may_fail_anywhere(void **state) {
    static const char text[] = "tel 13800138000, 密码是abc123, a@b.com 4111111111111111";
    uint64_t live = mem_live_blocks();
    int failures = 0;
    for (uint64_t nth = 1; nth < 50; nth++) {
        Scanner *own = NULL;
        Err err = {0};
        const ScanSpan *spans;
        size_t n = 0;
        mem_fail_at(nth);
        Status status = gate_scanner_new(&own, &err);
        if (status == OK) status = gate_scan(own, STR(text), &spans, &n, &err);
        mem_fail_at(0);
        gate_scanner_free(own);
        assert_int_equal(mem_live_blocks(), live);
        if (status == OK) {
            assert_true(n >= 4); /* and what the tagger thinks of it */
            assert_true(failures >= 5);
            return;
        }
        assert_int_equal(status, E_NO_MEMORY);
        assert_true(err.message[0] != 0);
        failures++;
    }
    fail();
}

static void a_stop_is_heard_and_the_scanner_is_whole_after_it(void **state) {
    atomic_bool cancel = true;
    const ScanSpan *spans;
    size_t n;
    Err err = {0};
    (void)state;
    gate_scanner_heed(scanner, &cancel);
    assert_int_equal(gate_scan(scanner, STR("13800138000"), &spans, &n, &err), E_CANCELLED);
    atomic_store(&cancel, false);
    assert_int_equal(gate_scan(scanner, STR("13800138000"), &spans, &n, &err), OK);
    assert_int_equal(n, 1);
    gate_scanner_heed(scanner, NULL);
}

static void too_much_is_refused(void **state) {
    const ScanSpan *spans;
    size_t n;
    Err err = {0};
    Str text = {"", (size_t)SCAN_TEXT_MAX + 1};
    assert_int_equal(gate_scan(scanner, text, &spans, &n, &err), E_LIMIT);
    assert_int_equal(scan((Str){"", 0}, &spans), 0);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resident_ids_need_their_check_digit),
        cmocka_unit_test(one_wrong_digit_is_seen_at_every_place),
        cmocka_unit_test(credit_codes_follow_gb_32100),
        cmocka_unit_test(chinese_telephones),
        cmocka_unit_test(the_worlds_telephones),
        cmocka_unit_test(british_telephones_need_no_word),
        cmocka_unit_test(my_number_is_a_telephones),
        cmocka_unit_test(cards_by_scheme_and_luhn),
        cmocka_unit_test(a_mistyped_card_behind_its_word_goes_whole),
        cmocka_unit_test(ibans_of_all_lengths),
        cmocka_unit_test(national_numbers),
        cmocka_unit_test(chinese_papers_and_plates),
        cmocka_unit_test(number_plates_behind_their_word),
        cmocka_unit_test(addresses_of_the_network),
        cmocka_unit_test(secrets),
        cmocka_unit_test(secrets_of_command_lines),
        cmocka_unit_test(passwords_of_any_alphabet_are_found_whole),
        cmocka_unit_test(dates_of_birth_only),
        cmocka_unit_test(german_documents),
        cmocka_unit_test(german_dates_of_birth),
        cmocka_unit_test(headers_of_tables),
        cmocka_unit_test(logins_of_logs),
        cmocka_unit_test(dates_of_birth_of_the_neighbours),
        cmocka_unit_test(addresses_with_a_house_number),
        cmocka_unit_test(an_address_is_whole_with_its_code_and_its_town),
        cmocka_unit_test(numbers_of_customers_and_contracts_have_several_parts),
        cmocka_unit_test(flats_belong_to_their_address),
        cmocka_unit_test(amounts_only_beside_a_word_of_money),
        cmocka_unit_test(broken_signs_hide_no_digits),
        cmocka_unit_test(a_day_with_an_hour_takes_nothing_from_its_neighbours),
        cmocka_unit_test(every_word_beside_a_small_number_counts),
        cmocka_unit_test(names_behind_a_label),
        cmocka_unit_test(fields_and_headers_name_people),
        cmocka_unit_test(spellings_are_seen_through),
        cmocka_unit_test(escapes_are_read),
        cmocka_unit_test(mail_knows_other_letters_and_line_ends),
        cmocka_unit_test(a_number_of_a_spreadsheet_is_one),
        cmocka_unit_test(numbers_are_broken_over_lines),
        cmocka_unit_test(the_next_item_of_a_list_is_no_end_of_a_number),
        cmocka_unit_test(groups_may_stand_apart_by_anything),
        cmocka_unit_test(letters_may_stand_for_digits),
        cmocka_unit_test(mail_may_be_disguised),
        cmocka_unit_test(bytes_that_spell_something_are_found),
        cmocka_unit_test(folders_and_pages_of_people_name_them),
        cmocka_unit_test(what_chats_say_behind_a_word_is_found),
        cmocka_unit_test(digits_of_any_kind_count),
        cmocka_unit_test(what_is_said_aloud_is_heard),
        cmocka_unit_test(short_codes_that_say_something_are_secrets),
        cmocka_unit_test(words_glued_to_a_number_do_not_hide_it),
        cmocka_unit_test(names_that_end_in_a_numeral_stay),
        cmocka_unit_test(offsets_lead_back_to_the_text),
        cmocka_unit_test(a_find_is_whole_wherever_windows_meet),
        cmocka_unit_test(a_row_may_hold_thousands_of_digits),
        cmocka_unit_test(hostile_text_takes_linear_time),
        cmocka_unit_test(memory_may_fail_anywhere),
        cmocka_unit_test(a_stop_is_heard_and_the_scanner_is_whole_after_it),
        cmocka_unit_test(too_much_is_refused),
    };
    return cmocka_run_group_tests(tests, open_scanner, close_scanner);
}
