/*
 * Promises of gate/scan about what words around it tell: accounts in logs and lists, hashes of
 * passwords, codes and passwords that a sentence or a heading announces. Each text was written
 * for its promise; none is of a public set.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "../support/scan_text.h"

enum { MARKS_MAX = 32 };

/* All that stands between « and » must be found to its last letter by a format. */
static void told(const char *marked) {
    const ScanSpan *spans;
    char text[2048];
    size_t n = 0, marks = 0, start[MARKS_MAX], end[MARKS_MAX];
    for (const char *c = marked; *c; c++) {
        if (memcmp(c, "«", 2) == 0) {
            start[marks] = n;
            c++;
        } else if (memcmp(c, "»", 2) == 0) {
            end[marks++] = n;
            c++;
        } else {
            text[n++] = *c;
        }
    }
    size_t found = scan_all((Str){text, n}, &spans);
    for (size_t i = 0; i < marks; i++) {
        bool whole = false;
        for (size_t k = 0; k < found; k++) {
            whole = whole || (spans[k].start <= start[i] && spans[k].end >= end[i] &&
                              spans[k].kind < KIND_TAG_PERSON);
        }
        if (!whole) {
            print_error("%s\n   not found: %.*s\n", marked, (int)(end[i] - start[i]),
                        text + start[i]);
        }
        assert_true(whole);
    }
}

/* No format finds anything. */
static void calm(const char *text) {
    const ScanSpan *spans;
    size_t n = scan_all(str_from(text), &spans);
    for (size_t i = 0; i < n; i++) {
        if (spans[i].kind >= KIND_TAG_PERSON) continue;
        print_error("%s: found %s %.*s\n", text, scan_kind_name(spans[i].kind),
                    (int)(spans[i].end - spans[i].start), text + spans[i].start);
        assert_true(false);
    }
}

static void logs_name_accounts(void **state) {
    told("sshd[41]: Accepted publickey for «lwojcik» from «203.0.113.77» port 52144 ssh2");
    told("sshd[41]: Failed password for invalid user «gschmid» from 2001:db8::1");
    told("pam_unix(sshd:session): session opened for user «lwojcik»(uid=1004) by (uid=0)");
    told("pam_unix(su:session): session closed for user «lwojcik»\n");
    told("sudo:  «mtremblay» : TTY=pts/0 ; PWD=/home/«mtremblay» ; USER=root ; COMMAND=/bin/ls");
    told("CRON[42]: («jdelgado») CMD (/opt/backup.sh)");
    told("su[7]: (to root) «dmontgomery» on pts/3");
    told("imap-login: Login: user=<«ghoff»>, method=PLAIN, rip=203.0.113.9");
    told("auth[8]: user=«kpodolski» ip=198.51.100.23 result=ok");
    calm("Accepted publickey for root from the console\n");
    calm("sudo:     root : TTY=pts/0 ; USER=root ; COMMAND=/bin/ls");
    calm("Ask for user input from the form. The options are for user agents by default.");
    calm("typedef struct User user; user->name = request.user");
}

static void settings_name_accounts(void **state) {
    told("{\"USER\": \"«rkaminski»\", \"HOST\": \"db\"}");
    told("username = '«postmaster.kruger»'");
    told("Benutzer = «tschulze»\n");
    told("bind_dn: uid=«hblackwood»,ou=people,dc=example,dc=org");
    told("登录名：«linghu_cx88»");
    told("Der Benutzername ist «hkrause», das Kennwort lautet «Sonnenblume».");
    told("user «grandad77» pass «Spitfire1940»");
    calm("username: string\npassword: string\n");
    calm("user = User.objects.get(id=1)\nlogin: boolean\n");
    calm("The username is required and the login is free.");
}

static void hashes_are_secrets(void **state) {
    told("«emacleod»:«$apr1$x8Zk1p0q$Tq3oJ7vL2mN5bC8dE1fG90»\n"
         "«pnakamura»:«{SSHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=»\n"
         "«t.kern»:«$2y$10$N9qo8uLOickgx2ZMRZoMyeIjZAgcfl7p92ldGxad68LJZdL17lhWy»\n");
    told("«ghost»:«$6$Qz1Lk2mN$aB3dE5fG7hJ9kL1mN3pQ5rS7tU9vW1xY3zA5bC7dE9fG»:19000:0:99999:7:::");
    calm("awk '{print $1$2}' file; cost is $5$ or $6 $7 a piece");
}

static void words_announce_passwords(void **state) {
    told("the password is «marmalade» and the rest is easy");
    told("The wifi password (\"«hedgehog-trombone»\") is on the fridge.");
    told("psk = \"«plum pudding at noon»\"");
    told("reply with the code «882 104»");
    told("验证码«448 210»，请勿告知他人");
    calm("The password is required. The password is too short. Your password is weak.");
    calm("Das Passwort ist falsch. Das Kennwort ist Pflicht.");
    calm("The pin is high, and the password is never stored.");
}

static void headings_announce_codes(void **state) {
    told("Your backup codes (each works once):\n«8412 0937»\n«5561 2208»\n\nKeep them safe.\n");
    told("Recovery codes\n1. «f3k9q-2hx7p»\n2. «9wz4m-c6t1r»\n3. «b8n2y-v5j0d»\n");
    told("if locked out use recovery code «7K2M-9QXR-41TV» or ask me");
    told("Wiederherstellungsschlüssel: «482913-771204-338120-559204»");
    told("My wallet seed phrase, do not share: «ocean velvet maple rotate siege junior hollow "
         "candy dune pistol orbit wreck»");
    told("mnemonic:\n1 «anchor» 2 «bullet» 3 «cactus» 4 «dolphin» 5 «eagle» 6 «fabric» 7 «gadget» "
         "8 «harvest» 9 «icon» 10 «jacket» 11 «kayak» 12 «ladder»");
    calm("The recovery code runs at boot and restores the files from the last backup.");
    calm("Backup codes are printed once. Keep them safe.\nIMPORTANT\nDo not share.\n");
}

static void headers_tell_whole_columns(void **state) {
    told("姓名,身份证号,手机,住址\n«欧阳若兰»,«44052418800101001X»,«13900014821»,«武侯区桐梓林北路2号»\n");
    told("employee,manager,salary,extension,home_address\n"
         "«Tomasz Brzeczyk»,«Alma Reti»,54000,«4432»,\"«ul. Dluga 14/3, Krakow»\"\n");
    told("| name | phone | note |\n|---|---|---|\n| «Wren» | «5501 22» | late |\n");
    told("INSERT INTO users (id, full_name, pw_hash) VALUES\n"
         "(1, '«Siobhan Mac»', '«5f4dcc3b5aa765d61d8327deb882cf99»');");
    told("login;passwort;kennzeichen\n«tschulze»;«Apfelmus»;«HA-EO 91»\n");
    calm("name,price,stock\nGarden chair,49,12\nTeapot,19,7\n");
    calm("printf(name, address, phone);\nfoo(a, b, c);\n");
    calm("name | type | default\nport | int | 8080\n");
}

static void roads_of_chats_and_villages(void **state) {
    told("zur Zeugin, «Am Wasserturm 3a, 58095 Hagen». Der Rest ist bekannt und steht da.");
    told("Treffen: «Im Winkel 5». Bitte die Unterlagen mitbringen, es dauert nicht sehr lange.");
    told("Neue Anschrift: «Zur Alten Mühle 17, 24395 Gelting». Wir freuen uns sehr.");
    told("schick das paket an oma, «ahornweg 22» in braunschweig, und vergiss bitte nichts dabei");
    told("im at «12 harlow crescent» till six, text me on whatever you like, i am here");
    told("«Flat 3B, 27 Rathmines Road Upper, Dublin 6, D06 X2P8», second bell, ask for keys");
    told("She lives at «5 Chapel Row, Hebden Bridge HX7 8AD». The dog is friendly, mostly");
    calm("Am Montag 5 Leute, Im Kapitel 5. Am Gleis 3, Zum Preis 5. Das ist der ganze Fahrplan.");
    calm("the 2 lane road is at 5 mile drive from the 30 minute way, 4 people close the street");
    calm("I am Section 5. In den Alpen 3 Tage wandern, in der Saison 12, zur Ausgabe 7 im Heft.");
}

static void numbers_behind_their_word(void **state) {
    told("Praxis, erreichbar unter «04931 / 55 01 22» oder abends «040-5550 1378 Apparat 23».");
    told("Home tel ... «(520) 555-0193 x12», or «+353 86 044 1927 ext 204» for the night desk");
    told("Der Beschuldigte (*«05.06.1991» in Hagen) fuhr nach Hause.");
    told("Passport no. ........ «A04582917»");
    told("{\"idNumber\":\"«8001015009087»\"}");
    told("Ausweisnr. «T22000129». Vers.-Nr.: «A123456780». QQ«384471920»。");
    told("license plate «CKV 4R7», kenteken «12-ABC-3», plate: «ABC1234»");
    calm("The plate is 12 mm thick. A plate of NaCl, plates 4 and 5, the targa roof 911.");
    calm("* 05.06.1991 a day in a list\n* 06.07.1992 another one\n");
}

/* What a word is looked for before or behind it is bounded. */
static void hostile_text_takes_linear_time(void **state) {
    takes_linear_time("backup code ");
    takes_linear_time("backup codes\n12345678\n");
    takes_linear_time("seed phrase: ");
    takes_linear_time("user user user=");
    takes_linear_time("a:$1$a");
    takes_linear_time("password is ");
    takes_linear_time("am Am Am ");
    takes_linear_time("at 1 street street ");
    takes_linear_time("plate A-1-");
}

/* A find at the edge of a window is found as anywhere else. */
static void windows_cut_nothing(void **state) {
    static const char piece[] = "for user kpodolski from a\n";
    static char text[WINDOWS_TEXT];
    for (size_t shift = 0; shift + 1 < sizeof piece; shift++) {
        const ScanSpan *spans;
        size_t logins = 0, pieces = text_across_windows(text, piece, shift);
        size_t n = scan_all((Str){text, sizeof text}, &spans);
        for (size_t i = 0; i < n; i++) logins += spans[i].kind == KIND_LOGIN;
        assert_int_equal(logins, pieces);
    }
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(logs_name_accounts),
        cmocka_unit_test(settings_name_accounts),
        cmocka_unit_test(hashes_are_secrets),
        cmocka_unit_test(words_announce_passwords),
        cmocka_unit_test(headings_announce_codes),
        cmocka_unit_test(headers_tell_whole_columns),
        cmocka_unit_test(roads_of_chats_and_villages),
        cmocka_unit_test(numbers_behind_their_word),
        cmocka_unit_test(hostile_text_takes_linear_time),
        cmocka_unit_test(windows_cut_nothing),
    };
    return cmocka_run_group_tests(tests, open_scanner, close_scanner);
}
