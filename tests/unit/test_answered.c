/*
 * Promises of the way back over surrogates that an answer has changed: spelled out, cut by markup,
 * escaped, grouped anew, said aloud, told by their last digits; and what looks alike and is nobody.
 * The map is written here, so that surrogates are what the answers say.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/mem.h"
#include "gate/restore_impl.h"

enum { BYTES_MAX = 1 << 16 };

static const struct Pair {
    ScanType type;
    VaultPart part;
    const char *original, *surrogate;
} map[] = {{SCAN_PERSON, VAULT_WHOLE, "Emma Clark", "Vanora Jellicombe"},
           {SCAN_PERSON, VAULT_WORD, "Emma", "Vanora"},
           {SCAN_PERSON, VAULT_WORD, "Clark", "Jellicombe"},
           {SCAN_PERSON, VAULT_WHOLE, "张伟明", "江沐野"},
           {SCAN_PERSON, VAULT_SURNAME, "张", "江"},
           {SCAN_PERSON, VAULT_GIVEN, "伟明", "沐野"},
           {SCAN_PHONE, VAULT_WHOLE, "+1 617 555 0173", "+1 617 915 9550"},
           {SCAN_PHONE, VAULT_WHOLE, "0711/934 5521", "0711/499 6504"},
           {SCAN_BANK, VAULT_WHOLE, "GB29 NWBK 6016 1331 9268 19", "GB34 NINJ 1585 7492 8955 09"},
           {SCAN_BANK, VAULT_WHOLE, "4539 1488 0343 6467", "4539 1408 6874 5440"},
           {SCAN_ID, VAULT_WHOLE, "11010519491231002X", "110105194904130248"},
           {SCAN_EMAIL, VAULT_WHOLE, "emma_c@oakmail.co.uk", "sipar.punin@example.net"},
           {SCAN_DATE, VAULT_WHOLE, "March 9, 1986", "August 17, 1986"},
           {SCAN_ADDRESS, VAULT_WHOLE, "48 Garden Street", "32 Dunvallen Street"},
           {SCAN_ADDRESS, VAULT_WHOLE, "Hauptstraße 8, 01067 Dresden", "Tannerbeckstraße 690"},
           {SCAN_ADDRESS, VAULT_WHOLE, "上海市徐汇区漕溪北路398号", "上海市松溪路770号"},
           {SCAN_ORG, VAULT_WHOLE, "Nordstern Versicherung AG", "Mirandel AG"}};

static void put_u32(Buf *out, size_t value) {
    for (int i = 0; i < 4; i++) buf_add_byte(out, (char)(value >> (8 * i)));
}

/* As vault.c writes a map: a key, how many, the entries. */
static VaultTalk *talk_open(void) {
    Buf bytes;
    VaultTalk *talk;
    Err err;
    buf_init(&bytes, BYTES_MAX);
    for (int i = 0; i < 32; i++) buf_add_byte(&bytes, 0);
    put_u32(&bytes, ARRAY_LEN(map));
    for (size_t i = 0; i < ARRAY_LEN(map); i++) {
        buf_add_byte(&bytes, (char)map[i].type);
        buf_add_byte(&bytes, (char)map[i].part);
        buf_add_byte(&bytes, 0);
        buf_add_byte(&bytes, 0);
        put_u32(&bytes, strlen(map[i].original));
        put_u32(&bytes, strlen(map[i].surrogate));
        buf_add_c(&bytes, map[i].original);
        buf_add_c(&bytes, map[i].surrogate);
    }
    assert_int_equal(vault_talk_from(buf_str(&bytes), &talk, &err), OK);
    buf_fini(&bytes);
    return talk;
}

static void add(void *user, Str piece) {
    buf_add_str(user, piece);
}

/* The answer in pieces of each of some sizes: the same bytes come out. */
static void becomes(const char *answer, const char *wanted) {
    static const size_t cuts[] = {1, 2, 3, 7, 1 << 20};
    VaultTalk *talk = talk_open();
    Str text = str_from(answer);
    for (size_t i = 0; i < ARRAY_LEN(cuts); i++) {
        GateRestorer *r;
        Err err;
        Buf out;
        buf_init(&out, BYTES_MAX);
        assert_int_equal(restorer_of(talk, GATE_PLAIN, NULL, &r, &err), OK);
        for (size_t at = 0; at < text.n; at += cuts[i]) {
            size_t to = text.n - at < cuts[i] ? text.n : at + cuts[i];
            assert_int_equal(gate_restore_feed(r, str_sub(text, at, to), to == text.n, add, &out,
                                               &err),
                             OK);
        }
        gate_restorer_free(r);
        if (!str_eq_c(buf_str(&out), wanted)) {
            fail_msg("%s\n-> %.*s\nnot %s (pieces of %zu)", answer, (int)out.n, out.p, wanted,
                     cuts[i]);
        }
        buf_fini(&out);
    }
    vault_talk_close(talk);
}

static void stays(const char *answer) {
    becomes(answer, answer);
}

static void names_come_back_spelled_and_cut(void **state) {
    becomes("Spell it J-E-L-L-I-C-O-M-B-E.", "Spell it C-L-A-R-K.");
    becomes("J.e.l.l.i.c.o.m.b.e", "C.l.a.r.k");
    becomes("**江**沐野说", "**张**伟明说");
    becomes("江**沐野**说", "张**伟明**说");
    becomes("姓江的客户、江姓客户", "姓张的客户、张姓客户");
    becomes("sent by jiang.muye@firm.example", "sent by zhang.weiming@firm.example");
    becomes("Jiang Muye said", "张伟明 said");
    becomes("`mirandelInvoice`, mirandel_id",
            "`nordsternVersicherungInvoice`, nordstern_versicherung_id");
    becomes("V. J. signed", "E. C. signed");
    becomes("Jellicombe, V. (2021)", "Clark, E. (2021)");
    becomes("Mu-ye Jiang called", "张伟明 called");
}

static void escapes_of_html_and_urls_are_read(void **state) {
    becomes("<td>&#x6c5f;&#x6c90;&#x91ce;</td>", "<td>&#x5f20;&#x4f1f;&#x660e;</td>");
    becomes("<td>&#27743;&#27792;&#37326;</td>", "<td>&#x5f20;&#x4f1f;&#x660e;</td>");
    becomes("q=%E6%B1%9F%E6%B2%90%E9%87%8E&p=1", "q=%E5%BC%A0%E4%BC%9F%E6%98%8E&p=1");
    stays("AT&T; R&D, 50 % and 100%. &amp; &#x6c;&");
    stays("&#x6c5f");
}

static void numbers_come_back_in_the_answers_groups(void **state) {
    becomes("+161.791.5955.0", "+161.755.5017.3");
    becomes("Call (0711) 499 6504.", "Call (0711) 934 5521.");
    becomes("six one seven, one six one seven nine one five nine five five zero",
            "six one seven, one six one seven five five five zero one seven three");
    becomes("null sieben eins eins vier neun neun sechs fünf null vier",
            "null sieben eins eins neun drei vier fünf fünf zwei eins");
    becomes("GB34-NINJ-1585-7492-8955-09", "GB29-NWBK-6016-1331-9268-19");
    becomes("the card ending in 5440", "the card ending in 6467");
    becomes("**** **** **** 5440, ••••5440, xxxx-5440",
            "**** **** **** 6467, ••••6467, xxxx-6467");
    becomes("last four digits: 5440", "last four digits: 6467");
    becomes("die Endziffern 5440", "die Endziffern 6467");
    becomes("身份证尾号为0248，后四位：0248", "身份证尾号为002X，后四位：002X");
    becomes("4539 **** **** 5440", "4539 **** **** 6467");
    stays("in 5440 cases, 5440 yen, ** 5440 **, room 0248");
}

static void mail_is_read_as_it_is_said(void **state) {
    becomes("sipar.punin [at] example.net", "emma_c [at] oakmail.co.uk");
    becomes("sipar dot punin at example dot net",
            "emma underscore c at oakmail dot co dot uk");
    becomes("sipar.punin&#64;example.net", "emma_c&#64;oakmail.co.uk");
    becomes("SIPAR.PUNIN@EXAMPLE.NET", "EMMA_C@OAKMAIL.CO.UK");
    becomes("sipar.punin@\nexample.net", "emma_c@oakmail.co.uk");
    stays("someone@example.net, punin@example.net");
}

static void days_come_back_with_or_without_their_year(void **state) {
    becomes("the seventeenth of August, 1986", "the ninth of March, 1986");
    becomes("17.08.86", "09.03.86");
    becomes("19860817", "19860309");
    becomes("一九八六年八月十七日", "一九八六年三月九日");
    becomes("{\"year\": 1986, \"month\": 8, \"day\": 17}",
            "{\"year\": 1986, \"month\": 3, \"day\": 9}");
    becomes("Her birthday is August 17.", "Her birthday is March 9.");
    becomes("On August 17 she was born.", "On March 9 she was born.");
    becomes("她的生日是8月17日。", "她的生日是3月9日。");
    stays("We meet on August 17. 8月17日电");
    stays("August 17, 1808 was his birthday. 生于1808年8月17日");
    stays("born August 17 1808");
}

static void streets_come_back_short_and_whole(void **state) {
    becomes("32 Dunvallen St., third floor", "48 Garden St., third floor");
    becomes("Tannerbeckstr. 690", "Hauptstr. 8, 01067 Dresden");
    becomes("TANNERBECKSTRASSE 690", "HAUPTSTRASSE 8, 01067 DRESDEN");
    becomes("上海市 松溪路770号", "上海市徐汇区漕溪北路398号");
    becomes("上海市松溪路770號", "上海市徐汇区漕溪北路398號");
    stays("32 Dunmore St.");
}

static void what_looks_like_a_surrogate_stays(void **state) {
    stays("V. J. Thornquist and I");
    stays("J-E-L-L-I-C-U-M-B-E");
    stays("江某某、江总长6300公里，监管江总局");
    stays("温江哥伦布");
    stays("+161.791.5955.1");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_come_back_spelled_and_cut),
        cmocka_unit_test(escapes_of_html_and_urls_are_read),
        cmocka_unit_test(numbers_come_back_in_the_answers_groups),
        cmocka_unit_test(mail_is_read_as_it_is_said),
        cmocka_unit_test(days_come_back_with_or_without_their_year),
        cmocka_unit_test(streets_come_back_short_and_whole),
        cmocka_unit_test(what_looks_like_a_surrogate_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
