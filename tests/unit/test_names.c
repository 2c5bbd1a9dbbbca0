/*
 * Promises of gate/names and of own words: names in running text are found in Chinese and English,
 * in odd spellings, wherever windows meet; formats keep what is theirs; a model that is damaged in
 * any byte is refused; own words are found as learned, and limits hold; memory may fail anywhere.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>

#include "../support/scan_text.h"
#include "base/file.h"
#include "base/mem.h"
#include "gate/names/model.h"
#include "gate/scan/scan.h"

/* Takes the marks « and » out of a text; the piece between them is [*start, *end). */
static Str unmark(const char *marked, char *text, size_t *start, size_t *end) {
    size_t n = 0;
    for (const char *c = marked; *c; c++) {
        if (memcmp(c, "«", 2) == 0) {
            *start = n;
            c++;
        } else if (memcmp(c, "»", 2) == 0) {
            *end = n;
            c++;
        } else {
            text[n++] = *c;
        }
    }
    return (Str){text, n};
}

static void tell(const char *marked, Str text, const ScanSpan *spans, size_t n) {
    print_error("%s\n", marked);
    for (size_t i = 0; i < n; i++) {
        print_error("   found %s %.*s\n", scan_type_name(spans[i].type),
                    (int)(spans[i].end - spans[i].start), text.p + spans[i].start);
    }
}

/* The marked piece is one find of the type. */
static void found(ScanType type, const char *marked) {
    char bytes[1024];
    const ScanSpan *spans;
    size_t start = 0, end = 0;
    Str text = unmark(marked, bytes, &start, &end);
    size_t n = scan_all(text, &spans);
    bool ok = false;
    for (size_t i = 0; i < n; i++) {
        ok |= spans[i].type == type && spans[i].start == start && spans[i].end == end;
    }
    if (!ok) tell(marked, text, spans, n);
    assert_true(ok);
}

/* Each letter and digit of the marked piece is found, as whatever, and none outside. */
static void hidden(const char *marked) {
    char bytes[1024];
    const ScanSpan *spans;
    size_t start = 0, end = 0, wrong = 0;
    Str text = unmark(marked, bytes, &start, &end);
    size_t n = scan_all(text, &spans);
    for (size_t at = 0; at < text.n; at++) {
        unsigned char c = (unsigned char)text.p[at];
        bool sign = c >= 0x80 || is_alnum((char)c), inside = at >= start && at < end, seen = false;
        for (size_t i = 0; i < n; i++) seen |= at >= spans[i].start && at < spans[i].end;
        wrong += sign && inside != seen;
    }
    if (wrong) tell(marked, text, spans, n);
    assert_int_equal(wrong, 0);
}

static void silent(const char *text) {
    const ScanSpan *spans;
    size_t n = scan_all(str_from(text), &spans);
    if (n) tell(text, str_from(text), spans, n);
    assert_int_equal(n, 0);
}

/* ---- what is found ------------------------------------------------------------------------- */

static void people_in_chinese_and_english(void **state) {
    found(SCAN_PERSON, "请联系«刘伟»先生，明天上午开会。");
    found(SCAN_PERSON, "昨天«欧阳文静»把合同发给我了。");
    found(SCAN_PERSON, "问一下«李»主任");
    found(SCAN_PERSON, "我和朋友«买买提·吐尔逊»去了超市。");
    found(SCAN_PERSON, "My name is «Jane Miller» and I live nearby.");
    found(SCAN_PERSON, "Please ask «Pieter van der Berg» about the report.");
    found(SCAN_PERSON, "Thanks to «Željko Kovačević» for the slides.");
}

static void addresses_firms_and_places(void **state) {
    found(SCAN_ADDRESS, "他住在«杭州市西湖区文三路200号8楼801室»，电话没变。");
    found(SCAN_ADDRESS, "Send it to «742 Evergreen Terrace» please.");
    found(SCAN_ORG, "她在«华为技术有限公司»上班。");
    found(SCAN_ORG, "我在«北京协和医院»做了检查");
    found(SCAN_ORG, "I work for «Miller Systems Ltd.» in sales.");
    found(SCAN_ORG, "Die Rechnung an «Kranich Versand GmbH & Co. KG» ist offen."); /* is one */
    silent("Die GmbH & Co. KG ist eine Rechtsform.");
    found(SCAN_PLACE, "下周我们去«成都»开会。");
    found(SCAN_PLACE, "She moved to «Berlin» last year.");
}

static void health_money_and_what_else_is_nobodys_business(void **state) {
    found(SCAN_HEALTH, "我妈妈确诊了«糖尿病»，在家休息。");
    found(SCAN_HEALTH, "医生开了«阿莫西林»，一天两次。");
    found(SCAN_HEALTH, "She was diagnosed with «breast cancer» in May.");
    found(SCAN_FINANCE, "他«月薪2万元»，还不错。");
    found(SCAN_FINANCE, "客户«欠债30万»，正在协商。");
    found(SCAN_OTHER, "虔诚的«佛教徒»");
    found(SCAN_OTHER, "他是«藏族»");
    found(SCAN_DATE, "她«1966年12月»出生，本科学历。");
}

static void everyday_text_is_left_alone(void **state) {
    silent("今天天气不错，我们下午三点开会。");
    silent("帮我总结一下这篇文章的要点。");
    silent("这个方案可以，价格有点贵。");
    silent("What time is the meeting tomorrow?");
    silent("Please find the report attached.");
    silent("The function returns a list of integers.");
    silent("6856 2943 6693");
    silent("Steuer-ID: 16730249569");
    silent("承租人必须每三年粉刷一次。");
    silent("C547251(9) INDIE7983D");
    silent("i_57qo8sa@@ctcjrg.cn");
    silent("riwkgmla..@lovfwr.cn");
    silent("");
    silent(" \n\t \n");
}

/* Ages, amounts, counts, shares, years, times, versions, chapters: no address, and nobody. */
static void ordinary_numbers_are_no_addresses(void **state) {
    static const char *const texts[] = {
        "I am 47 years old, born 3 May 1979, earn 84,500 euros a year in Heidelberg.",
        "I am 47 years old and have two children.",
        "The meeting has 12 participants and takes 45 minutes.",
        "We sold 3,200 units in 2023, 12 % more than in 2022.",
        "Chapter 7 describes the 15 rules of the game.",
        "The train leaves at 10:45 from platform 9.",
        "Version 2.4.1 was released on 12 March 2024.",
        "He ran 42 kilometres in 3 hours and 58 minutes.",
        "The price rose from 120 dollars to 150 dollars.",
        "Add 200 g flour, 3 eggs and 100 ml milk.",
        "About 65 percent of 1,200 people said yes.",
        "The bridge is 450 metres long and 30 metres wide.",
        "See page 12, section 3.4 and figure 7.",
        "Between March and June, 14 houses were sold.",
        "The building has 5 floors and 20 rooms.",
        "It took 3 weeks and cost 2,500 pounds.",
        "At 20 degrees the reaction takes 90 seconds.",
        "Revenue grew 8.5 % to 12.4 million dollars in 2021.",
        "There are 24 students in class 7b.",
        "The score was 3 to 2 after 90 minutes.",
        "Only 4 of 10 tests passed in 2.5 seconds.",
        "In 1998 the town had 12,000 inhabitants.",
        "The file has 1,048,576 bytes and 32 lines.",
        "He is 1.82 metres tall and weighs 78 kilograms.",
        "Take 2 tablets every 8 hours for 5 days.",
        "My flight lands at 18:20 and the bus leaves at 19:05.",
        "We need 3 copies of the report by 5 pm.",
        "The battery lasts 11 hours at 50 percent brightness.",
        "Questions 4 to 9 carry 2 points each.",
        "Interest is 3.9 percent over 30 years.",
        "The lease runs for 24 months from 1 July 2025.",
        "i am 47 years old and earn 3,000 euros a month.",
        "the 2 bedrooms are 14 and 18 square metres.",
        "we walked 12 miles in 4 hours.",
        "他今年47岁，有两个孩子。",
        "这本书有320页，共12章。",
        "他跑了42公里，用了3小时58分钟。",
        "价格从120元涨到150元。",
        "会议有12人参加，开了45分钟。",
        "2023年我们卖了3200台，比上年多12%。",
        "第7章讲了15条规则。",
        "火车10:45从9站台开。",
        "2.4.1版本已经发布。",
        "加200克面粉、3个鸡蛋和100毫升牛奶。",
        "大约65%的人说是。",
        "这座桥长450米，宽30米。",
        "见第12页3.4节。",
        "楼有5层，20个房间。",
        "花了3周，用了2500块。",
        "气温20度，风力3级。",
        "收入增长8.5%，达到1240万。",
        "7班有24个学生。",
        "90分钟后比分是3比2。",
        "10个测试过了4个。",
        "1998年这里有12000人。",
        "文件有1048576字节。",
        "他身高182厘米，体重78公斤。",
        "一次2片，一天3次，吃5天。",
        "明天下午5点前要3份。",
        "电池能用11个小时。",
        "每题2分，共50题。",
        "年利率3.9%，30年还清。"};
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        const ScanSpan *spans;
        Str text = str_from(texts[i]);
        size_t n = scan_all(text, &spans), wrong = 0;
        for (size_t k = 0; k < n; k++) {
            wrong += spans[k].type == SCAN_ADDRESS || spans[k].type == SCAN_PERSON;
        }
        if (wrong) tell(texts[i], text, spans, n);
        assert_int_equal(wrong, 0);
    }
}

static void a_letter_as_people_write_them(void **state) {
    found(SCAN_PERSON, "Dear Ms. «Wang Xiaohong»,");
    found(SCAN_PERSON, "Regards, «Peter»");
    hidden("I live here («Berlin, Torstraße 12»). The IBAN follows.");
    hidden("Send it to «Hauptstraße 5, 10115 Berlin» please.");
    hidden("ti lascio le chiavi in «piazza Dante 4»");
    hidden("Our office: «12 rue de la Paix, 75002 Paris», second door.");
    found(SCAN_FINANCE, "«每月工资两万三千元»，还不错。");
    found(SCAN_PERSON, "can you please correct it to Dr. «Jacob van Gameren»?");
    silent("House rules: no smoking.");
    silent("Spring cleaning is on Monday.");
    silent("Best regards,");
    silent("{\"n\": 3, \"ok\": true, \"deleted\": false, \"x\": null}");
    silent("The course runs until October.");
    silent("Between March and June, 14 houses were sold.");
    found(SCAN_PERSON, "I spoke to «June Miller» yesterday.");
    found(SCAN_PERSON, "A story by «J. R. R. Tolkien» is read.");
    found(SCAN_PERSON, "He met «Prince Rupert of the Rhine» there.");
    found(SCAN_PERSON, "The prize of that year went to «Albert Pujols» again.");
    found(SCAN_PERSON, "The goal came from «Antawn Jamison» in May.");
    found(SCAN_PERSON, "Yesterday «Emily» wrote a letter.");
}

static void words_of_every_day_are_no_people(void **state) {
    silent("She picked the Rose from the garden.");
    silent("I want a Frank answer to this.");
    silent("May is warm in the south.");
    silent("The House voted on Tuesday.");
    silent("ip addr");
    silent("curl -H \"X\" https://x.example\nInstall with curl -s x");
    silent("Er ist als Steiger im Werk.");
    found(SCAN_PERSON, "Sie traf «Anna Steiger» am Tor.");
    silent("Le livre est sur la table.");
    found(SCAN_PERSON, "«Rose» called me yesterday.");
    found(SCAN_PERSON, "«Frank» said he would come.");
    found(SCAN_PERSON, "ask «john smith» about it");
}

/* What a request is to be translated into, and what an amount is of; people who are called so stay
   people. */
static void languages_and_currencies_are_no_people(void **state) {
    silent("Translate the text into German.");
    silent("Translate this into French and then into Spanish, please.");
    silent("Is it in English or German?");
    silent("The work costs 1,250.00 EUR, payable by April 2.");
    silent("Schreibe eine Antwort auf Englisch.");
    found(SCAN_PERSON, "Mr. «German» met Mrs French.");
    found(SCAN_PERSON, "Mr. German met Mrs «French».");
    found(SCAN_PERSON, "We paid 300 USD and 20 CHF to «Emma Clark».");
}

static void a_name_ends_with_its_sentence(void **state) {
    found(SCAN_PERSON, "Name: «Emma Clark». Where do I sign?");
    found(SCAN_PERSON, "Name: «Emma J. Clark». Where do I sign?");
    found(SCAN_PERSON, "«Robert Brown». Jane Miller came.");
    found(SCAN_PERSON, "Robert Brown. «Jane Miller» came.");
    found(SCAN_PERSON, "and Prof. «John Smith» left");
}

static void a_name_has_all_that_it_is_joined_to(void **state) {
    found(SCAN_PERSON, "«Charles-Arthur Gauthier» wrote it.");
    found(SCAN_PERSON, "贝尔是«C罗»接班人。");
    found(SCAN_PERSON, "解说是«二龙Alone»、三炮。");
    found(SCAN_PERSON, "It is «Jane Miller»'s house.");
}

static void what_is_spared_is_no_find(void **state) {
    const Str texts[] = {STR("Jane Miller"), STR("13800138000")};
    silent("");
    assert_int_equal(gate_scanner_spare(scanner, texts, 2, NULL), OK);
    silent("Jane Miller has it.");
    found(SCAN_PERSON, "«Jane Millerton» has it.");
    found(SCAN_PHONE, "Tel «13800138000»"); /* a format is not asked */
    mem_fail_at(1);
    assert_int_equal(gate_scanner_spare(scanner, texts, 1, NULL), E_NO_MEMORY);
    mem_fail_at(0);
    silent("Jane Miller has it.");
    assert_int_equal(gate_scanner_spare(scanner, NULL, 0, NULL), OK);
    found(SCAN_PERSON, "«Jane Miller» has it.");
}

/* ---- what is no text of a language that was learned ---------------------------------------- */

static void code_and_markup_hold_no_people(void **state) {
    silent("<td class=\"name\">Total</td><td>42</td>");
    silent("<div id=\"House\"><span>tel</span></div>");
    silent("tel: 12, ip: none");
    silent("String getUserName(HttpServletRequest request) { return null; }");
    silent("const fetchData = async (UserId) => { await apiClient.getItems(UserId); }");
    silent("import React, { useState, useEffect } from 'react';");
    silent("typedef struct NamesModel NamesModel;");
    silent("npm install --save-dev TypeScript ESLint Prettier");
    found(SCAN_PERSON, "const user = { name: \"«Maria Lopez»\", age: 3 };");
    found(SCAN_PERSON, "author = \"«John Smith»\"");
    found(SCAN_PERSON, "<td>«John Smith»</td><td>12</td>");
    found(SCAN_PERSON, "getUserName(\"«Peter Parker»\")");
    found(SCAN_PERSON, "In the evening «McDonald» met them.");
    found(SCAN_PERSON, "玩家«MagicYang»正式担任解说。");
}

static void particles_of_korean_are_no_people(void **state) {
    silent("회의는 내일 오전에 시작합니다.");
    silent("저는 학교에 갑니다. 오늘은 날씨가 좋습니다.");
    silent("보고서를 작성해 주세요. 감사합니다.");
    found(SCAN_PERSON, "담당자: «최영희»");
    found(SCAN_PERSON, "«박서준» 씨에게 연락해 주세요.");
    found(SCAN_PERSON, "제 이름은 «이지은»입니다.");
    found(SCAN_PERSON, "«Anna Schmidt»는 서울에 산다."); /* the particle is not of the name */
    found(SCAN_PERSON, "어제 «Robert Miller»가 전화했다.");
    found(SCAN_PERSON, "«Sarah Johnson»에게 편지를 보냈다.");
}

static void grammar_of_japanese_is_no_people(void **state) {
    silent("会議は明日の午前に始まります。");
    silent("今日は天気がいいですね。ありがとうございます。");
    silent("この書類を確認してください。よろしくお願いします。");
    found(SCAN_PERSON, "«鈴木一郎»は学校にいます。");
    found(SCAN_PERSON, "担当者：佐藤«みどり»");
    found(SCAN_PERSON, "«さくら»さんが来ました。");
}

/* The tagger has learned simplified signs. */
static void traditional_signs_are_read_as_simplified_ones(void **state) {
    silent("請聯絡客服，今天天氣不錯，我們下午三點開會。");
    silent("發票已經寄出，請您確認。");
    found(SCAN_PERSON, "請聯繫«劉偉»先生，明天上午開會。");
    found(SCAN_PERSON, "昨天«歐陽文靜»把合同發給我了。");
    (void)state;
}

static void roles_are_no_people_and_who_has_them_is_one(void **state) {
    silent("班主任电话是多少？负责人：值班医生");
    silent("由发包方签字后生效，钥匙交给宿管阿姨保管。");
    silent("請聯絡班主任或物業經理。車間主任說明天放假。");
    silent("Der Hausmeister kommt morgen. Kontakt: Hausverwaltung");
    silent("Bitte wenden Sie sich an die Hausverwaltung.");
    silent("Bitte den Projektleiter anrufen. Vom Vermieter unterschrieben");
    found(SCAN_PERSON, "请联系班主任«王丽»。");
    found(SCAN_PERSON, "物业经理«张强»会来。");
    found(SCAN_PERSON, "«王»经理会来。");
    found(SCAN_PERSON, "Hausmeister «Krause» kommt morgen.");
    found(SCAN_PERSON, "Please ask «Stewart» about it."); /* no sort of "Wart" */
    found(SCAN_PERSON, "Der Vermieter «Müller» hat den Schlüssel.");
}

/* What German letters say with a capital is nobody; whom they name is. */
static void german_letters_name_people_only(void **state) {
    silent("Mit freundlichen Grüßen");
    silent("Mit kollegialen Grüßen");
    silent("Sein Nettogehalt bleibt gleich. Das Auto will er behalten.");
    silent("Er war im März zur Behandlung in der Entzugsklinik.");
    const ScanSpan *spans;
    size_t n = scan_all(STR("Medikation: Metformin 1000 mg, Levodopa 100 mg."), &spans);
    for (size_t i = 0; i < n; i++) assert_int_not_equal(spans[i].type, SCAN_ADDRESS);
    found(SCAN_PERSON, "mein Mann «Detlef» wohnt jetzt woanders");
    found(SCAN_PERSON, "Ich habe mit «Thomas Mann» gesprochen.");
    found(SCAN_PERSON, "Patient: «Yusuf Karaböcek»");
    (void)state;
}

static void nouns_behind_an_article_are_no_people(void **state) {
    silent("Die Sitzung wurde vertagt. Das Haus ist verkauft. Der Vertrag liegt bei.");
    silent("Unsere Firma ist klein. Viele Leute kommen.");
    silent("El contrato se firmará mañana.");
    silent("Il contratto è pronto. La riunione è domani.");
    found(SCAN_PERSON, "«Der Peter» kommt auch.");
}

/* ---- spellings ----------------------------------------------------------------------------- */

/* The text of a lease, in which the tagger by itself takes "floor", "its" and "more" for people. */
static void without_a_capital_it_is_no_name_among_names_that_have_one(void **state) {
    const ScanSpan *spans;
    Str text = STR("Weir House, ground floor and yard\n\nBetween\n\nThe Weir House Trust, The Old "
                   "Rectory, Church Walk 2, Aldbrook, represented by its chair, Mr. Edmund Farrow, "
                   "called the Landlord in what follows. The premises are let for courses with not "
                   "more than twelve participants.");
    size_t n = scan_all(text, &spans);
    bool chair = false;
    for (size_t i = 0; i < n; i++) {
        bool capital = false;
        for (size_t at = spans[i].start; at < spans[i].end; at++) {
            capital = capital || (text.p[at] >= 'A' && text.p[at] <= 'Z');
        }
        assert_true(capital || spans[i].type == SCAN_DATE);
        Str words = str_sub(text, spans[i].start, spans[i].end);
        chair = chair || str_find(words, STR("Edmund Farrow"), 0) != SIZE_MAX;
    }
    assert_true(chair);
}

static void listed_names_in_small_letters_are_found_beside_capitals(void **state) {
    found(SCAN_PERSON, "The Report is due on Monday. Please ask «john smith» about it.");
    found(SCAN_PERSON, "Hello Team, my friend «maria lopez» will join. Thanks!");
    found(SCAN_PERSON, "The Budget is late. Can you call «emily» tomorrow?");
    found(SCAN_PERSON, "The roof belongs to «fiona wackernagel» and is old.");
    found(SCAN_PERSON, "I am «katrin zwingenberg», what does it cost?");
    silent("Los niños juegan con el perro.");
    silent("The Report is due. Please mark the rose page and bill them for the long field.");
    silent("In May the frost will rush in, and the young fox may dash for the hill.");
}

/* "tobias" in an address says nothing about "Tobias"; in a sentence "will" does about "Will". */
static void a_name_is_found_beside_its_own_address(void **state) {
    found(SCAN_PERSON, "Write to tobias.ravenscroft@mill-house.org. "
                       "The tenant is «Tobias Ravenscroft».");
    found(SCAN_PERSON, "The tenant is «Tobias Ravenscroft», see tobias@mill-house.org.");
    found(SCAN_PERSON, "The tenant is «Tobias Ravenscroft»; https://mill.org/tobias shows it.");
    found(SCAN_PERSON, "The tenant is «Tobias Ravenscroft». He logs in as ravenscroft_tobias.");
    found(SCAN_PERSON, "In /home/tobias/ lies what the tenant, «Tobias Ravenscroft», wrote.");
    silent("It rose. Rose and fell, the price did.");
}

/* Nouns of German have capitals, and every sentence begins with one. The tagger takes 29 words of
   these sentences for people; what the scanner knows of these languages leaves six of them. */
static void few_words_of_neighbours_languages_are_people(void **state) {
    static const char *const texts[] = {
        "Er hat das Haus gesehen.",
        "Wir fahren morgen nach Hause.",
        "Ich habe heute keine Zeit.",
        "Die Sitzung ist am Abend.",
        "Der Vertrag wurde noch nicht geschickt.",
        "Sie wollen mehr Geld.",
        "Wer hat die Rechnung bezahlt?",
        "Das Kind spielt im Garten.",
        "Nous allons au travail.",
        "Elle est partie hier avec son ami.",
        "Le conseil est contre.",
        "Il ne veut pas attendre.",
        "Ella no vive en esta casa.",
        "Los niños juegan con el perro.",
        "El gobierno no ha dicho nada.",
        "La lettera non è ancora arrivata.",
        "Noi andiamo domani al mare.",
        "Wij hebben geen tijd vandaag.",
        "Het huis is te klein voor ons.",
        "Jeg har ikke tid i dag.",
    };
    size_t wrong = 0;
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        const ScanSpan *spans;
        Str text = str_from(texts[i]);
        size_t n = scan_all(text, &spans);
        for (size_t k = 0; k < n; k++) wrong += spans[k].type == SCAN_PERSON;
    }
    assert_true(wrong <= 6);
    found(SCAN_PERSON, "Wir treffen heute «Klaus Schmidt» im Büro.");
    found(SCAN_PERSON, "Je suis «Pierre Dupont» et je cherche un appartement.");
    found(SCAN_PERSON, "Heute kommt die «Anna» mit dem Hund.");
}

/* In a German text a noun is nobody; a name beside it stays hidden. */
static void nouns_of_german_are_nobody(void **state) {
    silent("Rückgabe der Winterjacke: Die Ware kann im Laden bleiben.");
    silent("Für den Teig 500 g Mehl, 2 Eier und eine Prise Salz mit der Milch verrühren.");
    silent("Messwerte: 441, 512, 498. Der Mittelwert wird nicht gerundet.");
    silent("Einnahmen 12.480 €, Ausgaben 11.925 €: Das ist nicht viel.");
    silent("Wir haben bis Freitag Zeit, und das Fest ist im Mai.");
    found(SCAN_PERSON, "Montag ist der Umzug von «Svenja», und ich helfe mit.");
    found(SCAN_PERSON, "Der Schaden ist bei uns. Gruß «Anke Plettenberg»");
    found(SCAN_PERSON, "Die Zahlung ist nicht da. «Rosemarie Hübschmann» wird sie schicken.");
    found(SCAN_PERSON, "Sie ist nicht hier, und die Zeugin ist «Petra Rosenblatt».");
    found(SCAN_PERSON, "Beginn nach Absprache mit Frau «Wachowiak», Durchwahl nicht bekannt.");
    found(SCAN_ADDRESS, "Er wohnt jetzt nicht mehr bei mir, «Lindenallee 27, 50968 Köln».");
}

/* Short forms and products are nobody; in capitals throughout a word may be anything. */
static void short_forms_are_nobody(void **state) {
    silent("The CXR showed an infiltrate, and he has a history of HTN.");
    silent("The server may answer later, if it follows RFC 9110 here.");
    silent("We moved from MySQL to Kubernetes, and EBITDA rose.");
    silent("手机号和e-mail都要填");
    silent("请发e-mail给我");
    silent("The neighbours in Flat 31 complain about Block C again.");
    silent("Date: Sat, 21 Feb 2026 19:40:00 +0000");
    silent("DISCHARGE SUMMARY\n\nThe patient was discharged in good health.");
    silent("Empty the Drip Tray. See the Discharge Summary and the Quick Start Guide.");
    silent("Copyright (C) 1994, 1995 by the authors. See the README of D-Bus.");
    silent("It checks the Polish PESEL, which has eleven digits.");
    found(SCAN_PERSON, "Please ask «TJ Okafor» about the budget of this year.");
}

/* What each word of is a noun, in whatever language, is a heading or a thing. */
static void nouns_are_nobody(void **state) {
    silent("* Public Speaking\n* Negotiation\n");
    silent("Kolumbianische Identitätsnummer");
    silent("Austrian Tax Identification");
    silent("the Babylonian Captivity of it");
    silent("the old Energieprojektierung is gone");
    found(SCAN_PERSON, "* «Keziah Thistlewood»");
    found(SCAN_PERSON, "Please ask «Keziah Blackwood» about the Warehouse Automation.");
    found(SCAN_PERSON, "«Clement Harkness» was there, too.");
    found(SCAN_PERSON, "We met «Sarmiento» and her brother.");
    found(SCAN_PERSON, "«Ackerstrom»");
}

/* The tagger has learned no word of these languages, and would hide whole sentences of them. */
static void small_words_of_unknown_languages_are_no_people(void **state) {
    static const char *const texts[] = {
        "Вчера мы ходили в магазин и купили хлеб.",
        "Wczoraj byliśmy w sklepie i kupiliśmy świeży chleb.",
        "Včera jsme koupili čerstvý chléb a mléko.",
        "Χθες πήγαμε στο μαγαζί και αγοράσαμε ψωμί.",
        "Dün mağazaya gittik ve taze ekmek aldık.",
    };
    for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
        const ScanSpan *spans;
        Str text = str_from(texts[i]);
        size_t n = scan_all(text, &spans), first = str_find(text, STR(" "), 0);
        for (size_t k = 0; k < n; k++) assert_true(spans[k].end <= first);
    }
    found(SCAN_PERSON, "«Владимир Сергеевич Кузнецов» подписал договор.");
    found(SCAN_PERSON, "«Ο Γιώργος Παπαδόπουλος» υπέγραψε τη σύμβαση.");
    found(SCAN_PERSON, "«Wojciech Szczęsny» podpisał umowę.");
}

static void nicknames_are_whole_and_chats_are_no_names(void **state) {
    found(SCAN_PERSON, "My uncle «Big Mike» is coming over on Friday.");
    found(SCAN_PERSON, "I told «Little Joe» that the meeting moved to noon.");
    found(SCAN_PERSON, "hey «emma», can you pick up the kids today?");
    silent("hey, can you pick up the kids today?");
    silent("Big firms and little ones pay more. Old habits stay.");
}

static void names_in_odd_spellings(void **state) {
    found(SCAN_PERSON, "请联系«刘 伟»先生，明天上午开会。");
    found(SCAN_PERSON, "请联系«刘\u200B伟»先生，明天上午开会。");
    found(SCAN_PERSON, "请联系«刘\u2060\uFEFF伟»先生，明天上午开会。");
    found(SCAN_PERSON, "请联系«刘\u3000伟»先生，明天上午开会。");
    found(SCAN_PERSON, "My name is «Ｊａｎｅ Ｍｉｌｌｅｒ» and I live nearby.");
    found(SCAN_PERSON, "My name is «J\u00ADane Mil\u200Bler» and I live nearby.");
    found(SCAN_PERSON, "my name is «jane miller» and i live nearby.");
    found(SCAN_PERSON, "MY NAME IS «JANE MILLER» AND I LIVE NEARBY.");
}

static void a_format_keeps_what_is_its_own(void **state) {
    char bytes[256];
    const ScanSpan *spans;
    size_t start = 0, end = 0;
    Str text = unmark("姓名张三«13800138000»住址", bytes, &start, &end);
    size_t n = scan_all(text, &spans);
    bool seen = false;
    for (size_t i = 0; i < n; i++) {
        seen |= spans[i].type == SCAN_PHONE && spans[i].start == start && spans[i].end == end;
    }
    assert_true(seen);
    found(SCAN_ADDRESS, "快递寄到«北京市朝阳区建国路100号3单元201室»，谢谢");
}

/* ---- windows, time ------------------------------------------------------------------------- */

/* A name is found the same wherever in a long text its sentence stands. */
static void a_name_is_whole_wherever_windows_meet(void **state) {
    static const char piece[] = "今天天气不错。请联系刘伟先生。";
    char *text = malloc(WINDOWS_TEXT);
    const ScanSpan *spans;
    for (size_t shift = 0; shift < sizeof piece; shift++) {
        size_t names = text_across_windows(text, piece, shift), seen = 0;
        size_t count = scan_all((Str){text, WINDOWS_TEXT}, &spans);
        for (size_t i = 0; i < count; i++) {
            seen += spans[i].type == SCAN_PERSON && spans[i].end - spans[i].start == 6;
        }
        assert_int_equal(seen, names);
        assert_int_equal(count, names);
    }
    free(text);
}

static void hostile_text_takes_linear_time(void **state) {
    static const char *const pieces[] = {"张",
                                         "张三",
                                         "张三，",
                                         "王 ",
                                         "\u200B张",
                                         "John ",
                                         "j",
                                         "ж",
                                         "路1号",
                                         "月薪1万",
                                         "\n刘",
                                         "。",
                                         "有限公司上海",
                                         ",",
                                         "、刘",
                                         " ",
                                         "\xE4",
                                         "\xF0\x9F\x98\x80",
                                         "A."};
    for (size_t i = 0; i < ARRAY_LEN(pieces); i++) takes_linear_time(pieces[i]);
}

/* ---- the model ----------------------------------------------------------------------------- */

static Status read_model(const char *bytes, size_t n) {
    NamesModel *model = NULL;
    Err err = {0};
    Status status = names_model_read((Str){bytes, n}, &model, &err);
    if (status != OK) assert_true(err.message[0] != 0);
    names_model_free(model);
    return status;
}

static char *model_copy(size_t *n) {
    Str built_in = names_model_built_in();
    *n = built_in.n;
    return mem_dup(built_in.p, built_in.n);
}

static void the_built_in_model_is_whole(void **state) {
    Str model = names_model_built_in();
    assert_int_equal(read_model(model.p, model.n), OK);
    assert_true(model.n <= 8 << 20);
}

static void put_check(char *bytes, size_t n) {
    uint64_t check = names_check(bytes, n);
    memcpy(bytes + 32, &check, sizeof check);
}

/* The built-in model with one bucket in each table: small enough to be bent at every byte. */
static char *small_model(size_t *n) {
    Str built_in = names_model_built_in();
    const uint32_t one = 1;
    uint32_t types, flags;
    memcpy(&types, built_in.p + 12, 4);
    memcpy(&flags, built_in.p + 24, 4);
    *n = NAMES_TABLES_AT + BUCKET * (2 + (flags & NAMES_CLUSTERS ? 4u : 3u) + 2 + 4 * types);
    char *bytes = mem_dup(built_in.p, *n);
    memcpy(bytes + 16, &one, 4);
    memcpy(bytes + 20, &one, 4);
    put_check(bytes, *n);
    assert_int_equal(read_model(bytes, *n), OK);
    return bytes;
}

static void a_damaged_model_is_refused(void **state) {
    size_t n;
    char *bytes = small_model(&n);
    for (size_t at = 0; at < n; at++) {
        bytes[at] ^= 0x20;
        assert_int_not_equal(read_model(bytes, n), OK);
        bytes[at] ^= 0x20;
        assert_int_not_equal(read_model(bytes, at), OK);
    }
    assert_int_not_equal(read_model(bytes, n + 1), OK); /* the NUL of mem_dup */
    mem_free(bytes);
    bytes = model_copy(&n);
    for (size_t at = 0; at < n; at += 99991) { /* and what ships, here and there */
        bytes[at] ^= 0x20;
        assert_int_not_equal(read_model(bytes, n), OK);
        bytes[at] ^= 0x20;
        assert_int_not_equal(read_model(bytes, at), OK);
    }
    assert_int_equal(read_model(bytes, n), OK);
    mem_free(bytes);
}

/* Counts that do not fit the bytes, with a right check. */
static void a_models_counts_have_ranges(void **state) {
    static const struct {
        size_t at;
        uint32_t value;
    } wrong[] = {{8, 0},        {8, 2},  {12, 0},       {12, 13}, {12, 7}, {16, 0},
                 {16, 1 << 30}, {20, 0}, {20, 1 << 30}, {20, 3},  {24, 2}, {28, 0}};
    size_t n;
    char *bytes = small_model(&n);
    for (size_t i = 0; i < ARRAY_LEN(wrong); i++) {
        uint32_t right;
        memcpy(&right, bytes + wrong[i].at, 4);
        memcpy(bytes + wrong[i].at, &wrong[i].value, 4);
        put_check(bytes, n);
        assert_int_not_equal(read_model(bytes, n), OK);
        memcpy(bytes + wrong[i].at, &right, 4);
    }
    put_check(bytes, n);
    assert_int_equal(read_model(bytes, n), OK);
    mem_free(bytes);
}

static void count_span(void *user, const NameSpan *span) {
    size_t *last = user;
    assert_true(span->at >= *last && span->end > span->at);
    assert_true(span->score > 0 && span->score <= 1);
    *last = span->end;
}

/* Random tables under a right check tag nonsense, and no more than that. */
static void a_hostile_model_only_tags_nonsense(void **state) {
    Str text = STR("请联系刘伟先生，电话 13800138000。My name is Jane Miller of Berlin.");
    Err err = {0};
    size_t n;
    char *bytes = model_copy(&n);
    uint64_t seed = 7;
    for (int round = 0; round < 5; round++) {
        for (size_t at = NAMES_NAME_AT; at < n; at++) {
            seed = seed * 6364136223846793005u + 1442695040888963407u;
            bytes[at] = (char)(seed >> 56);
        }
        put_check(bytes, n);
        NamesModel *model = NULL;
        Names *names = NULL;
        size_t last = 0;
        assert_int_equal(names_model_read((Str){bytes, n}, &model, &err), OK);
        assert_int_equal(names_new(model, &names, &err), OK);
        NameSink sink = {count_span, &last};
        assert_int_equal(names_tag(names, text, 0, true, &sink), text.n);
        names_free(names);
        names_model_free(model);
    }
    mem_free(bytes);
}

/* ---- own words ----------------------------------------------------------------------------- */

static const ScanWord own[] = {{STR("月光计划"), SCAN_OTHER},
                               {STR("贾宝"), SCAN_PERSON},
                               {STR("Project Falcon"), SCAN_ORG},
                               {STR("Ann"), SCAN_PERSON},
                               {STR("AC-778 21"), SCAN_BANK}};

static void learn(const ScanWord *words, size_t n) {
    Err err = {0};
    assert_int_equal(gate_scanner_learn(scanner, words, n, &err), OK);
}

static void own_words_are_found_in_any_spelling(void **state) {
    learn(own, ARRAY_LEN(own));
    found(SCAN_OTHER, "«月光计划»下周上线");
    found(SCAN_OTHER, "把«月 光 计\u200B划»的进度发我");
    found(SCAN_ORG, "about «PROJECT  falcon», again");
    found(SCAN_ORG, "about «Ｐroject\u00A0Falcon», again");
    found(SCAN_BANK, "from «ac-778 21» to somebody");
    found(SCAN_PERSON, "so «ann» it is");
    found(SCAN_PERSON, "哎«贾宝»嘿");
    learn(NULL, 0);
    silent("月光计划下周上线");
}

static void own_words_stand_alone(void **state) {
    learn(own, ARRAY_LEN(own));
    silent("the annual report");
    silent("a banner");
    learn(NULL, 0);
}

static void own_words_are_whole_wherever_windows_meet(void **state) {
    static const char piece[] = "Project   Falcon, ";
    char *text = malloc(WINDOWS_TEXT);
    const ScanSpan *spans;
    learn(&(ScanWord){STR("Project Falcon"), SCAN_OTHER}, 1);
    for (size_t shift = 0; shift < sizeof piece; shift++) {
        size_t names = text_across_windows(text, piece, shift), seen = 0;
        size_t n = scan_all((Str){text, WINDOWS_TEXT}, &spans);
        for (size_t i = 0; i < n; i++) {
            if (spans[i].kind != KIND_OWN) continue;
            assert_int_equal(spans[i].end - spans[i].start, 16);
            seen++;
        }
        assert_int_equal(seen, names);
    }
    learn(NULL, 0);
    free(text);
}

static void own_words_have_limits(void **state) {
    Err err = {0};
    char *long_word = malloc(SCAN_WORD_BYTES + 1);
    memset(long_word, 'x', SCAN_WORD_BYTES + 1);
    ScanWord word = {{long_word, SCAN_WORD_BYTES + 1}, SCAN_PERSON};
    learn(own, ARRAY_LEN(own));
    assert_int_equal(gate_scanner_learn(scanner, &word, 1, &err), E_LIMIT);
    word.text.n = SCAN_WORD_BYTES;
    assert_int_equal(gate_scanner_learn(scanner, &word, SCAN_WORDS_MAX + 1, &err), E_LIMIT);
    found(SCAN_PERSON, "so «ann» it is"); /* what was learned before is still known */
    word.text = STR("a");
    assert_int_equal(gate_scanner_learn(scanner, &word, 1, &err), E_USAGE);
    word.text = STR(" \n ");
    assert_int_equal(gate_scanner_learn(scanner, &word, 1, &err), E_USAGE);
    word = (ScanWord){STR("good"), SCAN_TYPE_COUNT};
    assert_int_equal(gate_scanner_learn(scanner, &word, 1, &err), E_USAGE);
    learn(NULL, 0);
    free(long_word);
}

/* "aa", "aaa", ... in a text of "a": every suffix is a word, none stands alone. */
static void nested_own_words_take_linear_time(void **state) {
    static char letters[SCAN_WORD_BYTES];
    ScanWord words[SCAN_WORD_BYTES - 1];
    memset(letters, 'a', sizeof letters);
    for (size_t i = 0; i < ARRAY_LEN(words); i++) {
        words[i] = (ScanWord){{letters, i + 2}, SCAN_OTHER};
    }
    learn(words, ARRAY_LEN(words));
    takes_linear_time("a");
    takes_linear_time("a-");
    learn(NULL, 0);
}

static void memory_may_fail_anywhere(void **state) {
    uint64_t live = mem_live_blocks();
    for (uint64_t nth = 1; nth < 60; nth++) {
        Scanner *mine = NULL;
        Err err = {0};
        const ScanSpan *spans;
        size_t n = 0;
        mem_fail_at(nth);
        Status status = gate_scanner_new(&mine, &err);
        if (status == OK) status = gate_scanner_learn(mine, own, ARRAY_LEN(own), &err);
        if (status == OK)
            status =
                gate_scan(mine, STR("请联系刘伟先生，月光计划，13800138000"), &spans, &n, &err);
        mem_fail_at(0);
        gate_scanner_free(mine);
        assert_int_equal(mem_live_blocks(), live);
        if (status == OK) {
            assert_true(n >= 3 && nth > 10);
            return;
        }
        assert_int_equal(status, E_NO_MEMORY);
        assert_true(err.message[0] != 0);
    }
    fail();
}

/* ---- on a public set ----------------------------------------------------------------------- */

typedef struct Leak {
    size_t names, whole;
} Leak;

/* One sentence of signs with labels B M E S of NAME or O. */
static void count_leaks(const char *text, size_t n, const char *is_name, Leak *leak) {
    const ScanSpan *spans;
    size_t count = scan_all((Str){text, n}, &spans);
    for (size_t at = 0; at < n;) {
        size_t end = at;
        while (end < n && is_name[end]) end++;
        if (end == at) {
            at++;
            continue;
        }
        size_t covered = 0;
        for (size_t i = 0; i < count; i++) {
            size_t a = spans[i].start > at ? spans[i].start : at;
            size_t b = spans[i].end < end ? spans[i].end : end;
            if (b > a) covered += b - a;
        }
        leak->names++;
        leak->whole += covered == end - at;
        at = end;
    }
}

static void names_of_resumes_do_not_leak(void **state) {
    const char *data = getenv("HEARTH_TEST_DATA");
    char path[512], text[8192], is_name[8192];
    (void)snprintf(path, sizeof path, "%s/gate/resume/dev.char.bmes",
                   data ? data : "../shared/data");
    Buf all;
    Err err;
    Leak leak = {0};
    buf_init(&all, 1 << 24);
    if (file_read(path, &all, &err) != OK) {
        print_message("# no %s: set HEARTH_TEST_DATA\n", path);
        buf_fini(&all);
        skip();
    }
    size_t n = 0;
    for (size_t at = 0; at < all.n;) {
        const char *line = all.p + at, *end = memchr(line, '\n', all.n - at);
        size_t length = end ? (size_t)(end - line) : all.n - at;
        const char *blank = memchr(line, ' ', length);
        at += length + 1;
        if (!blank || n + 8 > sizeof text) {
            count_leaks(text, n, is_name, &leak);
            n = 0;
            continue;
        }
        size_t width = (size_t)(blank - line);
        memcpy(text + n, line, width);
        memset(is_name + n, length > 4 && memcmp(line + length - 4, "NAME", 4) == 0, width);
        n += width;
    }
    buf_fini(&all);
    print_message("# %zu of %zu names are masked whole\n", leak.whole, leak.names);
    assert_true(leak.names >= 100 && leak.whole * 100 >= leak.names * 99);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(people_in_chinese_and_english),
        cmocka_unit_test(addresses_firms_and_places),
        cmocka_unit_test(health_money_and_what_else_is_nobodys_business),
        cmocka_unit_test(everyday_text_is_left_alone),
        cmocka_unit_test(ordinary_numbers_are_no_addresses),
        cmocka_unit_test(a_letter_as_people_write_them),
        cmocka_unit_test(words_of_every_day_are_no_people),
        cmocka_unit_test(what_is_spared_is_no_find),
        cmocka_unit_test(languages_and_currencies_are_no_people),
        cmocka_unit_test(a_name_ends_with_its_sentence),
        cmocka_unit_test(a_name_has_all_that_it_is_joined_to),
        cmocka_unit_test(without_a_capital_it_is_no_name_among_names_that_have_one),
        cmocka_unit_test(listed_names_in_small_letters_are_found_beside_capitals),
        cmocka_unit_test(a_name_is_found_beside_its_own_address),
        cmocka_unit_test(few_words_of_neighbours_languages_are_people),
        cmocka_unit_test(code_and_markup_hold_no_people),
        cmocka_unit_test(particles_of_korean_are_no_people),
        cmocka_unit_test(grammar_of_japanese_is_no_people),
        cmocka_unit_test(traditional_signs_are_read_as_simplified_ones),
        cmocka_unit_test(roles_are_no_people_and_who_has_them_is_one),
        cmocka_unit_test(german_letters_name_people_only),
        cmocka_unit_test(nouns_behind_an_article_are_no_people),
        cmocka_unit_test(short_forms_are_nobody),
        cmocka_unit_test(nouns_are_nobody),
        cmocka_unit_test(nouns_of_german_are_nobody),
        cmocka_unit_test(small_words_of_unknown_languages_are_no_people),
        cmocka_unit_test(nicknames_are_whole_and_chats_are_no_names),
        cmocka_unit_test(names_in_odd_spellings),
        cmocka_unit_test(a_format_keeps_what_is_its_own),
        cmocka_unit_test(a_name_is_whole_wherever_windows_meet),
        cmocka_unit_test(hostile_text_takes_linear_time),
        cmocka_unit_test(the_built_in_model_is_whole),
        cmocka_unit_test(a_damaged_model_is_refused),
        cmocka_unit_test(a_models_counts_have_ranges),
        cmocka_unit_test(a_hostile_model_only_tags_nonsense),
        cmocka_unit_test(own_words_are_found_in_any_spelling),
        cmocka_unit_test(own_words_stand_alone),
        cmocka_unit_test(own_words_are_whole_wherever_windows_meet),
        cmocka_unit_test(own_words_have_limits),
        cmocka_unit_test(nested_own_words_take_linear_time),
        cmocka_unit_test(memory_may_fail_anywhere),
        cmocka_unit_test(names_of_resumes_do_not_leak),
    };
    return cmocka_run_group_tests(tests, open_scanner, close_scanner);
}
