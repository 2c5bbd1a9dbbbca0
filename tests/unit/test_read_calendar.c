/*
 * Promises of the reader of calendars and contacts: folds, codes, times and rules in words, lines
 * that point at the file, and what hostile or broken files do.
 */
/* cmocka needs these first */
/* clang-format off */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
/* clang-format on */

#include <stdio.h>
#include <stdlib.h>

#include "../support/doc_dump.h"
#include "../support/patience.h"
#include "base/clock.h"
#include "base/mem.h"
#include "base/utf8.h"
#include "knowledge/read/read.h"
#include "knowledge/read/when.h"

static void assert_reads(const char *text, const char *want) {
    Doc doc;
    Err err;
    Buf out;
    ReadResult result;
    doc_init(&doc);
    buf_init(&out, 1 << 24);
    assert_int_equal(read_bytes(str_from(text), STR("x"), &doc, &result, &err), OK);
    dump_doc(&out, &doc);
    assert_string_equal(out.p, want);
    buf_fini(&out);
    doc_fini(&doc);
}

static char *repeat(const char *head, const char *text, size_t times) {
    Buf out;
    buf_init(&out, (size_t)1 << 28);
    buf_add_c(&out, head);
    for (size_t i = 0; i < times; i++) buf_add_c(&out, text);
    char *all = buf_take(&out);
    assert_non_null(all);
    return all;
}

#define EVENT(lines) "BEGIN:VCALENDAR\r\nBEGIN:VEVENT\r\n" lines "END:VEVENT\r\nEND:VCALENDAR\r\n"
#define CARD(lines) "BEGIN:VCARD\n" lines "END:VCARD\n"

static void an_event_is_a_block_of_plain_words(void **state) {
    assert_reads(EVENT("DTSTART;TZID=Europe/Berlin:20261127T080000\r\n"
                       "DURATION:PT1H30M\r\n"
                       "SUMMARY:Den\r\n tist\r\n"
                       "LOCATION:Main St. 3\\, Trier\r\n"
                       "ATTENDEE;CN=\"Li; An: na\";PARTSTAT=DECLINED:mailto:a@example.org\r\n"
                       "X-MAGIC:17\r\n"
                       "BEGIN:VALARM\r\nDESCRIPTION:ring\r\nEND:VALARM\r\n"
                       "DESCRIPTION:Bring\\n\\nthe \\;card\\\\.\r\n"),
                 "format: calendar\ntitle: Dentist\n"
                 "P L2: Event: Dentist\\nWhen: 2026-11-27 08:00 to 09:30 (Europe/Berlin)\\n"
                 "Where: Main St. 3, Trier\\nAttendee: Li; An: na <a@example.org> (declined)\\n"
                 "Description: Bring\\nthe ;card\\.\n");
}

static void tasks_and_journals_are_read_and_zones_are_not(void **state) {
    assert_reads("\xEF\xBB\xBF" "BEGIN:VCALENDAR\nX-WR-CALNAME:Home\n"
                 "BEGIN:VTIMEZONE\nTZID:A\nBEGIN:STANDARD\nDTSTART:19701025T030000\nEND:STANDARD\n"
                 "END:VTIMEZONE\nBEGIN:VTODO\nDUE:20261130T170000Z\nSUMMARY:Tax\nEND:VTODO\n"
                 "BEGIN:VJOURNAL\nDTSTART;VALUE=DATE:20261101\nSUMMARY:Rain\nEND:VJOURNAL\n"
                 "END:VCALENDAR\n",
                 "format: calendar\ntitle: Home\nP L9: Task: Tax\\nDue: 2026-11-30 17:00 UTC\n"
                 "P L13: Journal entry: Rain\\nWhen: 2026-11-01 (whole day)\n");
}

static void quoted_printable_cards_are_read(void **state) {
    assert_reads(CARD("VERSION:2.1\n"
                      "N;CHARSET=UTF-8;ENCODING=QUOTED-PRINTABLE:Gr=C3=BCn;Eva;;;\n"
                      "TEL;CELL;WORK;VOICE:+49 171 1\n"
                      "NOTE;CHARSET=ISO-8859-1;QUOTED-PRINTABLE:Stra=DF=\n"
                      "e=0D=0A2\n"
                      "PHOTO;ENCODING=BASE64;JPEG:/9j/4AAQ\n SkZJRg\n\n"
                      "ADR;HOME:;;Weg 1;Trier;;54290;\n"),
                 "format: contacts\ntitle: Eva Grün\nP L1: Contact: Eva Grün\\n"
                 "Telephone (mobile, work): +49 171 1\\nAddress (home): Weg 1, Trier, 54290\\n"
                 "Note: Straße\\n2\n");
}

static void versions_3_and_4_are_read(void **state) {
    assert_reads(CARD("N:张;伟;;;\nitem1.TEL;TYPE=\"cell,pref\";VALUE=uri:tel:+86-10\n"
                      "ORG:A\\;B;Sales\nEMAIL;TYPE=INTERNET;TYPE=home:z@example.cn\n"
                      "BDAY:--0412\n")
                     CARD("FN:Bo\nN:Long;Bo;;;\nBDAY:19850412\nAGENT:\n"
                          "BEGIN:VCARD\nFN:Other\nEND:VCARD\nNOTE:end\n"),
                 "format: contacts\nP L1: Contact 联系人: 张伟\\nOrganisation 单位: A;B, Sales\\n"
                 "Telephone 电话 (mobile 手机): +86-10\\nMail 邮箱 (home 住宅): z@example.cn\\n"
                 "Birthday 生日: 04-12 (month-day)\n"
                 "P L8: Contact: Bo\\nBirthday: 1985-04-12\\nNote: end\n");
}

static void a_fold_inside_a_character_does_no_harm(void **state) {
    assert_reads(CARD("FN:Gr\xC3\n \xBCn\n"), "format: contacts\ntitle: Grün\n"
                                             "P L1: Contact: Grün\n");
    assert_reads(CARD("FN:\xD5\xC5\xCE\xB0\nORG:\xB6\xAB\xBA\xA3\xC3\xB3\xD2\xD7\xB9\xAB\xCB\xBE\n"
                      "NOTE:\xD5\xE2\xCA\xC7\xD2\xBB\xB8\xF6\xB2\xE2\xCA\xD4\n"),
                 "format: contacts\ntitle: 张伟\nP L1: Contact 联系人: 张伟\\n"
                 "Organisation 单位: 东海贸易公司\\nNote 备注: 这是一个测试\n");
}

/* Whoever asks in Chinese finds the words that he asks by. */
static void a_chinese_event_has_labels_in_both_languages(void **state) {
    assert_reads(EVENT("LOCATION:南京\r\nDTSTART:20261127T080000\r\nSUMMARY:体检\r\n"),
                 "format: calendar\ntitle: 体检\nP L2: Event 日程: 体检\\n"
                 "When 时间: 2026-11-27 08:00\\nWhere 地点: 南京\n");
}

static void rules_become_words_or_stay(void **state) {
    static const struct {
        const char *in, *want;
    } cases[] = {
        {"FREQ=DAILY", "every day"},
        {"FREQ=DAILY;COUNT=1", "every day, once"},
        {"FREQ=WEEKLY;BYDAY=MO,WE,FR;COUNT=10",
         "every week on Monday, Wednesday and Friday, 10 times"},
        {"FREQ=WEEKLY;INTERVAL=2;BYDAY=TU;WKST=SU;UNTIL=20270331",
         "every 2 weeks on Tuesday, until 2027-03-31"},
        {"FREQ=MONTHLY;BYDAY=-1FR", "every month on the last Friday"},
        {"FREQ=MONTHLY;BYMONTHDAY=1,15", "every month on day 1 and day 15"},
        {"FREQ=YEARLY;BYMONTH=10;BYDAY=2MO", "every year on the second Monday in October"},
        {"FREQ=YEARLY;BYDAY=20MO", "FREQ=YEARLY;BYDAY=20MO"},
        {"FREQ=MONTHLY;BYDAY=MO;BYSETPOS=2", "FREQ=MONTHLY;BYDAY=MO;BYSETPOS=2"},
        {"FREQ=HOURLY", "FREQ=HOURLY"},
        {"FREQ=DAILY;INTERVAL=0", "FREQ=DAILY;INTERVAL=0"},
        {"FREQ=DAILY;COUNT=99999999999999999999", "FREQ=DAILY;COUNT=99999999999999999999"},
        {"FREQ", "FREQ"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        Buf out;
        buf_init(&out, 1 << 16);
        when_add_rule(&out, str_from(cases[i].in));
        assert_string_equal(out.p, cases[i].want);
        buf_fini(&out);
    }
}

static void spans_are_said_as_people_say_them(void **state) {
    static const struct {
        const char *start, *end, *want;
    } cases[] = {{"20261127T080000Z", "20261127T093000Z", "2026-11-27 08:00 to 09:30 UTC"},
                 {"20261127T230000", "20261128T010030", "2026-11-27 23:00 to 2026-11-28 01:00:30"},
                 {"20261127T080000", "20261127T100000Z",
                  "2026-11-27 08:00 to 2026-11-27 10:00 UTC"},
                 {"20261224", "20261225", "2026-12-24 (whole day)"},
                 {"20261224", "20270101", "2026-12-24 to 2026-12-31 (whole days)"},
                 {"20261127T080000", "20261127T070000", "2026-11-27 08:00"},
                 {"20261127T080000", "20261127", "2026-11-27 08:00"},
                 {"20261127T080000", "20261128", "2026-11-27 08:00 to 2026-11-28"},
                 {"20261224", "20251224", "2026-12-24 (whole day)"},
                 {"00000101", "99991231", "0000-01-01 to 9999-12-30 (whole days)"},
                 {"2026-11-27T08:00", "", "2026-11-27 08:00"}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        Moment start, end;
        Buf out;
        buf_init(&out, 1 << 16);
        assert_true(when_read(str_from(cases[i].start), STR(""), &start));
        (void)when_read(str_from(cases[i].end), STR(""), &end);
        when_add_span(&out, &start, &end);
        assert_string_equal(out.p, cases[i].want);
        buf_fini(&out);
    }
}

static void times_that_are_none_stay_as_they_are(void **state) {
    static const char *const bad[] = {"", "2026", "20261301", "20260230T", "20260101T250000",
                                      "20260101T2", "T", "20260101X", "-0010101", "20260132"};
    Moment moment;
    int64_t seconds;
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        if (when_read(str_from(bad[i]), STR(""), &moment)) fail_msg("%s is a time", bad[i]);
    }
    static const char *const spans[] = {"", "P", "PT", "1H", "PT1", "PT1X", "-PT1H",
                                        "P999999999W", "P9999999999D"};
    for (size_t i = 0; i < ARRAY_LEN(spans); i++) {
        if (when_duration(str_from(spans[i]), &seconds)) fail_msg("%s is a duration", spans[i]);
    }
    assert_reads(EVENT("DTSTART:tomorrow\r\nSUMMARY:x\r\n"),
                 "format: calendar\ntitle: x\nP L2: Event: x\\nWhen: tomorrow\n");
    assert_reads(EVENT("DTSTART:99991231\r\nDURATION:P900D\r\n"),
                 "format: calendar\nP L2: Event: (no name)\\nWhen: 9999-12-31 (whole day)\n");
}

/* Every label stands on the line of the file that says it. */
static void lines_point_at_the_properties(void **state) {
    const char *text = EVENT("DESCRIPTION:one\\ntwo\r\n long\r\nSUMMARY:S\r\nDTSTART:20260101\r\n");
    Doc doc;
    Err err;
    doc_init(&doc);
    assert_int_equal(read_calendar(str_from(text), &doc, &err), OK);
    assert_int_equal(doc.n_blocks, 1);
    Str all = buf_str(&doc.text);
    static const struct {
        const char *word;
        uint32_t line;
    } cases[] = {{"Event", 2}, {"When", 6}, {"Description", 3}, {"twolong", 3}};
    for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
        size_t at = str_find(all, str_from(cases[i].word), 0);
        uint32_t line = doc.blocks[0].line;
        assert_int_not_equal(at, SIZE_MAX);
        for (size_t k = 0; k < doc.n_joins && doc.joins[k].at <= at; k++)
            line = doc.blocks[0].line + doc.joins[k].down;
        assert_int_equal(line, cases[i].line);
    }
    doc_fini(&doc);
}

static void a_broken_entry_costs_no_other(void **state) {
    assert_reads("BEGIN:VCALENDAR\nBEGIN:VTIMEZONE\nBEGIN:VEVENT\nSUMMARY:a\nBEGIN:VALARM\n"
                 "BEGIN:VEVENT\nno property\n:\n;:\nSUMMARY:b\nEND:VALARM\nEND:VEVENT\nEND:VEVENT\n"
                 "BEGIN:VEVENT\nSUMMARY:c",
                 "format: calendar\nP L3: Event: a\nP L6: Event: b\nP L14: Event: c\n");
    assert_reads("BEGIN:VCARD", "format: contacts\n");
    assert_reads("begin:vcalendar\nend:vcalendar\nend:vevent\nend:vcard\n", "format: calendar\n");
}

static void assert_soon(char *text, Status want, const char *word) {
    Doc doc;
    Err err;
    double start = patience_used_ms();
    doc_init(&doc);
    assert_int_equal(read_calendar(str_from(text), &doc, &err), want);
    assert_true(utf8_valid(buf_str(&doc.text)));
    if (word) assert_true(str_has(buf_str(&doc.text), str_from(word)));
    assert_true(patience_used_ms() - start < patience_ms(20000));
    doc_fini(&doc);
    mem_free(text);
}

static void hostile_files_end_soon(void **state) {
    char *head = repeat("BEGIN:VCARD\nNOTE;QUOTED-PRINTABLE;A=", "x", 500000);
    Buf long_head;
    buf_init(&long_head, 1 << 20);
    buf_printf(&long_head, "%s:=\n", head);
    mem_free(head);
    assert_soon(repeat(long_head.p, "=\n", 500000), OK, NULL);
    buf_fini(&long_head);
    assert_soon(repeat("BEGIN:VCALENDAR\n", "BEGIN:VALARM\n", 300000), OK, NULL);
    assert_soon(repeat("BEGIN:VCARD\nFN:", "\n x", 1000000), OK, NULL);
    assert_soon(repeat("BEGIN:VCARD\nFN:a\nNOTE:", "\n xyz", 1000000), OK, "[not read:");
    assert_soon(repeat("BEGIN:VCARD\n", "TEL:1\n", 5000), OK, "behind the 2000th");
    assert_soon(repeat("BEGIN:VCALENDAR\nBEGIN:VEVENT\nRRULE:FREQ=DAILY", ";BYDAY=MO", 100000), OK,
                NULL);
    assert_soon(repeat("BEGIN:VCARD\n", "BEGIN:VCARD\nFN:x\n", 500001), E_LIMIT, NULL);
}

static void every_cut_of_a_file_is_read(void **state) {
    const char *text = EVENT("DTSTART;TZID=\"a\":20261127T080000Z\r\nRRULE:FREQ=WEEKLY;BYDAY=MO\r\n"
                             "SUMMARY;QUOTED-PRINTABLE:=C3=BC=\r\nx\\\r\n");
    Err err;
    for (size_t n = 0; n <= strlen(text); n++) {
        Doc doc;
        Buf copy; /* of its own, so that a sanitizer sees its end */
        buf_init(&copy, 1 << 16);
        buf_add(&copy, text, n);
        doc_init(&doc);
        assert_int_equal(read_calendar(buf_str(&copy), &doc, &err), OK);
        doc_fini(&doc);
        buf_fini(&copy);
    }
}

static void mails_show_invitations_and_attached_cards(void **state) {
    assert_reads("From: a@example.org\nTo: b@example.org\nSubject: Meet\nDate: x\n"
                 "Content-Type: multipart/mixed; boundary=m\n\n--m\n"
                 "Content-Type: multipart/alternative; boundary=b\n\n--b\n"
                 "Content-Type: text/plain\n\nYou are invited.\n--b\n"
                 "Content-Type: text/html\n\n<p>You are invited.\n--b\n"
                 "Content-Type: text/calendar; method=REQUEST\n\n"
                 "BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20261127T080000Z\nSUMMARY:Meet\n"
                 "END:VEVENT\nEND:VCALENDAR\n--b--\n--m\n"
                 "Content-Type: text/vcard; name=a.vcf\nContent-Disposition: attachment\n\n"
                 "BEGIN:VCARD\nFN:Ann\nTEL;WORK:1\nEND:VCARD\n--m--\n",
                 "format: mail\ntitle: Meet\nauthor: a@example.org\n"
                 "P L1: From: a@example.org\\nTo: b@example.org\\nDate: x\\nSubject: Meet\n"
                 "P L13: You are invited.\n"
                 "P L21: Event: Meet\\nWhen: 2026-11-27 08:00 UTC\n"
                 "H2 L32: a.vcf\nP L32: Contact: Ann\\nTelephone (work): 1\n"
                 "P: Attachments: a.vcf\n");
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(an_event_is_a_block_of_plain_words),
        cmocka_unit_test(tasks_and_journals_are_read_and_zones_are_not),
        cmocka_unit_test(quoted_printable_cards_are_read),
        cmocka_unit_test(versions_3_and_4_are_read),
        cmocka_unit_test(a_fold_inside_a_character_does_no_harm),
        cmocka_unit_test(a_chinese_event_has_labels_in_both_languages),
        cmocka_unit_test(rules_become_words_or_stay),
        cmocka_unit_test(spans_are_said_as_people_say_them),
        cmocka_unit_test(times_that_are_none_stay_as_they_are),
        cmocka_unit_test(lines_point_at_the_properties),
        cmocka_unit_test(a_broken_entry_costs_no_other),
        cmocka_unit_test(hostile_files_end_soon),
        cmocka_unit_test(every_cut_of_a_file_is_read),
        cmocka_unit_test(mails_show_invitations_and_attached_cards),
    };
    return cmocka_run_group_tests_name("read_calendar", tests, NULL, NULL);
}
