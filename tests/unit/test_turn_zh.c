/*
 * Promises of what is told apart in Chinese: what a question insists on (turn/insist.h), and what a
 * later document changed (turn/change.h), pronouns (turn/refer.h), and what an answer must have
 * (turn/given_zh.h).
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/han.h"
#include "turn/change.h"
#include "turn/given_zh.h"
#include "turn/insist.h"
#include "turn/refer.h"
#include "turn/today.h"
#include "turn/turn.h"

typedef struct Fits {
    const char *question, *text, *path;
    bool fits;
} Fits;

static void expect(const Fits *rows, size_t n) {
    for (size_t i = 0; i < n; i++) {
        Insist insist;
        const Str parts[INSIST_PARTS] = {str_from(rows[i].text), str_from(rows[i].path), {"", 0},
                                         {"", 0}};
        insist_read(str_from(rows[i].question), &insist);
        if (insist_fits(&insist, parts) != rows[i].fits) {
            fail_msg("%s: %s", rows[i].question, rows[i].text);
        }
    }
}

static void a_document_of_another_year_or_month_does_not_fit(void **state) {
    static const Fits rows[] = {
        {"2023年的血糖是多少？", "血糖 4.9", "报告-2025.md", false},
        {"2025年的血糖是多少？", "血糖 4.9", "报告-2025.md", true},
        {"2023年的血糖是多少？", "血糖 4.9", "报告.md", true}, /* no year: it cannot be told */
        {"2025年的租金是多少？", "租金自2024年6月1日起至2027年5月31日止", "a.txt", true},
        {"2028年的租金是多少？", "租金自2024年6月1日起至2027年5月31日止", "a.txt", false},
        {"2026年的晚会在哪里？", "晚会 2025年12月8日", "a.txt", true},
        {"2026年的晚会在哪里？", "晚会 2025年3月8日", "a.txt", false},
        {"5月水费多少", "1月 | 46\n2月 | 42", "a.csv", false},
        {"五月水费多少", "4月 | 46\n5月 | 42", "a.csv", true},
        {"10月的租金", "自6月1日起至11月30日止，9月1日前付", "a.txt", true}, /* a period */
        {"2024年和2025年差多少", "2025年：9", "a.txt", true}};
    (void)state;
    expect(rows, ARRAY_LEN(rows));
}

static void a_document_of_another_type_or_number_does_not_fit(void **state) {
    static const Fits rows[] = {
        {"T40的重量是多少", "吸尘器 T20，T30", "a.md", false},
        {"T20的重量是多少", "吸尘器 T20", "a.md", true},
        {"T20的重量是多少", "吸尘器 T200", "a.md", false},
        {"by-7多少钱", "椅子 BY 7", "a.md", true},
        {"App 4.0什么时候上线", "App 3.0 定于", "a.md", false},
        {"4.0版什么时候上线", "升级到4.0", "a.md", true},
        {"T20和T40哪个贵", "T20 100元", "a.md", true},
        {"第5讲讲了什么", "第3讲 决策树", "a.md", false},
        {"第3讲讲了什么", "第3讲 决策树", "a.md", true},
        {"第六天住哪里", "10月2日 酒店", "a.md", true}, /* nothing is counted there */
        {"椅子的产地在哪里", "椅子 455元", "a.csv", false},
        {"椅子的产地在哪里", "产自宁波", "a.csv", true},
        {"项目的负责人现在是谁", "由沈佳负责", "a.csv", true},
        {"他的电话是多少", "手机 138", "a.csv", true}, /* many names */
        {"", "", "", true},
        {"第五讲讲了什么", "第5讲 决策树", "a.md", true},
        {"第十二讲讲了什么", "第2讲 决策树", "a.md", false},
        {"3号电梯什么时候修", "2号电梯停用", "a.md", false},
        {"2号电梯什么时候修", "1号电梯照常，2号电梯停用", "a.md", true},
        {"12月3号电梯修好了吗", "2号电梯停用", "a.md", true}, /* a day */
        {"5幢几点停水", "3幢停水", "a.md", false},
        {"5幢几点停水", "1-6幢停水", "a.md", true},
        {"5号发工资吗", "每月15号发工资", "a.md", true}, /* days, again */
        {"第", "第", "第", true}};
    (void)state;
    expect(rows, ARRAY_LEN(rows));
}

static void a_number_with_another_unit_is_no_support(void **state) {
    assert_true(insist_other_unit(STR("放2克盐。"), STR("生抽2勺，八角2个")));
    assert_false(insist_other_unit(STR("放2克盐。"), STR("盐2克")));
    assert_false(insist_other_unit(STR("30000元"), STR("场地 | 30000")));
    assert_false(insist_other_unit(STR("共3台"), STR("服务器3 个")));
    assert_false(insist_other_unit(STR("5天"), STR("每晚5日")));
    assert_false(insist_other_unit(STR("12克"), STR("2勺"))); /* another number: verify's affair */
    assert_false(insist_other_unit(STR(""), STR("")));
}

static void the_same_figure_is_one_with_its_unit(void **state) {
    (void)state;
    assert_true(insist_same_figure(STR("要炖多久"), STR("要炖45分钟。"), STR("小火炖45分钟")));
    assert_false(insist_same_figure(STR("要炖多久"), STR("要炖45分钟。"), STR("牛肉45克")));
    assert_false(insist_same_figure(STR("炖45分钟够吗"), STR("要炖45分钟。"), STR("小火炖45分钟")));
    assert_false(insist_same_figure(STR(""), STR("45"), STR("45")));
}

static bool old(const char *question, const char *sentence, const char *quote, const char *change) {
    ChangeAsk ask = {str_from(question), str_from(sentence), str_from(quote), 20260112};
    return change_makes_old(&ask, str_from(change), 20260209);
}

static void what_a_sentence_says_was_changed_is_old(void **state) {
    (void)state;
    assert_true(old("住宿标准是多少", "550", "一线 | 550", "住宿标准由每晚550元调整为每晚620元。"));
    assert_false(old("住宿标准是多少", "620", "一线 | 620", "住宿标准由每晚550元调整为每晚620元。"));
    assert_false(old("住宿标准是多少", "420", "二线 | 420", "住宿标准由每晚550元调整为每晚620元。"));
    assert_true(old("年会在哪里开", "西溪宾馆", "地点为西溪宾馆", "因西溪宾馆装修，年会改到湖畔酒店。"));
    assert_true(old("测试由谁负责", "罗一鸣", "罗一鸣调走，测试负责人改为沈佳。",
                    "罗一鸣调走，测试负责人改为沈佳。")); /* the quote itself */
    assert_true(old("服务器什么时候交货", "3月20日前送达", "3月20日前送达指定地点",
                    "服务器的交货日期推迟到2026年4月2日。"));
    assert_false(old("打印机什么时候交货", "3月20日前送达", "3月20日前送达指定地点",
                     "服务器的验收推迟到2026年4月2日。"));
    assert_false(old("房租什么时候付", "每季度首月5日前", "每季度首月5日前付清",
                     "月租金由4800元调整为5100元，付款方式改为按月支付。"));
    assert_false(old("保修期是多久", "整体保修2年，水电保修5年", "整体保修2年，水电保修5年",
                     "因瓷砖晚到，水电验收改到5月15日。")); /* of something else */
    assert_false(old("", "", "", ""));
}

static void of_two_changes_the_later_one_counts(void **state) {
    const char *first = "上线日期由4月15日调整为5月20日。", *last = "上线日期由5月20日推迟到6月8日。";
    ChangeAsk ask = {STR("上线日期是哪天"), STR("5月20日"), str_from(first), 20260209};
    (void)state;
    assert_true(change_makes_old(&ask, str_from(last), 20260413));
    assert_false(change_makes_old(&ask, str_from(last), 20260101));
    ask.quoted_on = 0; /* not known */
    assert_false(change_makes_old(&ask, str_from(last), 20260413));
}

static void the_day_of_a_document_is_in_its_name_or_its_head(void **state) {
    (void)state;
    assert_int_equal(change_day(STR("/a/2020-01-01/周会 2026-02-09.md"), STR("2025-01-01")),
                     20260209);
    assert_int_equal(change_day(STR("/a/b.md"), STR("签于2025年12月22日")), 20251222);
    assert_int_equal(change_day(STR("b"), STR("13758120436, 2026-13-01")), 0);
    assert_int_equal(change_day(STR(""), STR("")), 0);
}

static void pronouns_are_told_from_other_words(void **state) {
    Str person;
    Buf out;
    (void)state;
    assert_true(str_eq_c(refer_pronoun(STR("她的分机呢")), "她"));
    assert_true(str_eq_c(refer_pronoun(STR("其他人和他的分机")), "他"));
    assert_int_equal(refer_pronoun(STR("其他情况")).n, 0);
    assert_int_equal(refer_pronoun(STR("他们的分机")).n, 0);
    assert_int_equal(refer_pronoun(STR("吉他多少钱")).n, 0);
    assert_true(str_eq_c(refer_it(STR("那它多少钱")), "它"));
    assert_int_equal(refer_it(STR("它们多少钱")).n, 0);
    assert_true(str_eq_c(refer_instead(STR("那T20呢？")), "T20"));
    assert_true(str_eq_c(refer_instead(STR("那么唐婉的呢?")), "唐婉"));
    assert_int_equal(refer_instead(STR("那T20多少钱？")).n, 0);
    assert_int_equal(refer_instead(STR("呢")).n, 0);
    buf_init(&out, 100);
    Str text = STR("那她的分机呢");
    person = refer_pronoun(text);
    refer_put(text, person, STR("贺敏"), &out);
    assert_true(str_eq_c(buf_str(&out), "那贺敏的分机呢"));
    buf_fini(&out);
}

static void a_day_of_the_week_says_when(void **state) {
    (void)state;
    assert_true(given_zh_when(STR("烤炉什么时候修？"), STR("已经约了周一来换")));
    assert_true(given_zh_when(STR("邻居几时回来？"), STR("要等月底回国")));
    assert_false(given_zh_when(STR("周一谁来？"), STR("周一有人来")));
    assert_false(given_zh_when(STR("什么时候修？"), STR("加热管坏了")));
    assert_false(given_zh_when(STR(""), STR("\xff\xe5")));
}

static void a_colour_and_a_person_are_asked_for(void **state) {
    (void)state;
    assert_true(given_zh_other_kind(STR("门是什么颜色？"), STR("门是木门。")));
    assert_false(given_zh_other_kind(STR("门是什么颜色？"), STR("门刷成了深绿。")));
    assert_false(given_zh_other_kind(STR("门有几扇？"), STR("三扇")));
    assert_true(given_zh_other_kind(STR("厨师叫什么名字？"), STR("厨师来自长风公司。")));
    assert_false(given_zh_other_kind(STR("厨师叫什么名字？"), STR("厨师叫丁一。")));
    assert_false(given_zh_other_kind(STR("供应商叫什么名字？"), STR("长风公司")));
    assert_false(given_zh_other_kind(STR(""), STR("")));
    assert_false(given_zh_trade_stands(STR("厨师叫什么名字？"), STR("甲方：丁一。")));
    assert_true(given_zh_trade_stands(STR("厨师叫什么名字？"), STR("掌厨：丁一")));
    assert_true(given_zh_trade_stands(STR("我们公司的司机叫什么？"), STR("师傅姓司徒")));
    assert_true(given_zh_trade_stands(STR("猫叫什么名字？"), STR("丁一")));
    assert_true(given_zh_trade_stands(STR("\xe5\xff"), STR("")));
}

static void a_name_stands_in_the_document_as_it_is_said(void **state) {
    Str asked = STR("客栈叫什么名字？"), quote = STR("我们住在古镇的听雨楼。");
    (void)state;
    assert_true(given_zh_made_up(asked, STR("古镇客栈"), quote));
    assert_true(given_zh_made_up(asked, STR("客栈叫古镇客栈。\n\n听雨楼"), quote));
    assert_false(given_zh_made_up(asked, STR("客栈的名字是听雨楼。"), quote));
    assert_false(given_zh_made_up(asked, STR("Rainhouse"), quote)); /* its own spelling */
    assert_false(given_zh_made_up(asked, STR("客栈（古镇）原名听雨楼。"), quote));
    assert_false(given_zh_made_up(asked, STR("古镇客栈，在古镇里"), quote)); /* a sentence */
    assert_false(given_zh_made_up(STR("客栈在哪里？"), STR("古镇客栈"), quote));
    assert_false(given_zh_made_up(asked, STR(""), STR("")));
    assert_false(given_zh_made_up(asked, STR("\xe5\xff"), STR("\xe5")));
}

static void a_row_about_something_else_shares_no_word(void **state) {
    const Str offer[] = {STR("长风 | 木门 | 900元"), STR("供应商 | 产品 | 单价"), STR("报价.csv")};
    (void)state;
    assert_true(given_zh_apart(STR("电视机卖多少钱？"), offer, 3));
    assert_false(given_zh_apart(STR("木门卖多少钱？"), offer, 3));
    assert_false(given_zh_apart(STR("哪家的单价低？"), offer, 3));
    assert_false(given_zh_apart(STR("报价里有什么？"), offer, 3));
    assert_false(given_zh_apart(STR("900的是哪个？"), offer, 3));
    assert_true(given_zh_apart(STR("\xe5\xff 9"), offer, 3));
    assert_false(given_zh_apart(STR("9月5日住哪里？"), &(Str){"9月5日 | 客栈", 18}, 1));
    assert_true(given_zh_apart(STR("9月6日"), &(Str){"8月5日 | 客栈", 18}, 1));
    assert_true(given_zh_apart(STR(""), offer, 0));
}

static void how_much_money_wants_a_sum(void **state) {
    (void)state;
    assert_false(given_zh_price_stands(STR("刷墙多少钱？"), STR("502的住户愿意承担。")));
    assert_true(given_zh_price_stands(STR("刷墙多少钱？"), STR("刷墙860元")));
    assert_true(given_zh_price_stands(STR("刷墙多少钱？"), STR("刷墙免费。")));
    assert_true(given_zh_price_stands(STR("刷墙多少钱？"), STR("刷墙 | 860")));
    assert_true(given_zh_price_stands(STR("谁刷墙？"), STR("丁一")));
    assert_true(given_zh_price_stands(STR(""), STR("")));
}

static void one_row_is_not_the_cheapest_of_all(void **state) {
    (void)state;
    assert_true(given_zh_one_of_many(STR("哪家的报价最低？"), STR("长风 | 木门 | 900元")));
    assert_false(given_zh_one_of_many(STR("哪家的报价最低？"), STR("长风的报价最低，900元。")));
    assert_false(given_zh_one_of_many(STR("哪家最便宜？"), STR("长风 | 最便宜")));
    assert_false(given_zh_one_of_many(STR("木门多少钱？"), STR("长风 | 木门 | 900元")));
    assert_false(given_zh_one_of_many(STR("最近的车站在哪里？"), STR("北站 | 800米")));
    assert_false(given_zh_one_of_many(STR(""), STR("\xe6\x9c")));
}

static void what_one_code_means_is_not_what_another_does(void **state) {
    (void)state;
    assert_true(insist_other_code(STR("显示E3怎么办"), STR("E1 进水超时")));
    assert_false(insist_other_code(STR("显示e3怎么办"), STR("E3 加热异常")));
    assert_false(insist_other_code(STR("显示E3怎么办"), STR("请联系售后")));
    assert_false(insist_other_code(STR("显示E3怎么办"), STR("KW-35 空调"))); /* of another kind */
    assert_false(insist_other_code(STR("怎么办"), STR("E1 进水超时")));
}

static void an_empty_cell_answers_nothing(void **state) {
    Str head = STR("姓名 | 分机 | 邮箱");
    (void)state;
    assert_true(given_zh_empty_cell(STR("何青的分机是多少"), head, STR("何青 | | a@b.cn")));
    assert_true(given_zh_empty_cell(STR("何青的邮箱是多少"), head, STR("何青 | 8 |")));
    assert_true(given_zh_empty_cell(STR("何青的邮箱是多少"), head, STR("何青 | 8")));
    assert_false(given_zh_empty_cell(STR("何青的分机是多少"), head, STR("何青 | 8 |")));
    assert_false(given_zh_empty_cell(STR("何青的分机是多少"), STR(""), STR("何青 | | ")));
    assert_false(given_zh_empty_cell(STR("何青的分机是多少"), head, STR("何青没有分机")));
}

/* Friday, 27 November 2026, at noon in any time zone near ours. */
static void words_of_a_calendar_become_dates(void **state) {
    static const char *const rows[][2] = {
        {"明天谁值班", "11月28日谁值班"},
        {"大后天谁值班，后天呢", "11月30日谁值班，11月29日呢"},
        {"下周五下午有什么事", "12月4日下午有什么事"},
        {"这个星期天做什么", "11月29日做什么"},
        {"上禮拜一做什麼", "11月16日做什麼"},
        {"下个月11号去哪里", "12月11号去哪里"},
        {"下下个月做什么", "1月做什么"},
        {"上个月的电费", "10月的电费"},
        {"周五上课吗", NULL},
        {"去年周末在这个村", NULL},
        {"后天性心脏病能治吗", NULL},
        {"先天还是后天形成的", NULL},
        {"三天前天气如何", NULL},
        {"两天后天线装好了吗", NULL},
        {"今日头条的地址", NULL},
        {"明天后天谁值班", "11月28日11月29日谁值班"},
        {"", NULL}};
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        Buf out;
        char plain[100];
        Str question = str_from(rows[i][0]);
        buf_init(&out, 1000);
        bool put = today_put(question, han_fold_into(question, plain, sizeof plain), 1795780800,
                             &out);
        assert_int_equal(put, rows[i][1] != NULL);
        if (put && !str_eq_c(buf_str(&out), rows[i][1])) fail_msg("%s: %s", rows[i][0], out.p);
        buf_fini(&out);
    }
}

static void a_work_of_another_number_is_another(void **state) {
    static const Fits rows[] = {
        {"《状况报告2021》在哪里发布？", "今天在安阳发布《状况报告2023》。", "news.txt", false},
        {"《状况报告2023》在哪里发布？", "今天在安阳发布《状况报告2023》。", "news.txt", true},
        {"《状况报告2021》在哪里发布？", "《状况报告2021》和《状况报告2023》", "news.txt", true},
        {"《状况报告2021》在哪里发布？", "今天在安阳发布报告。", "news.txt", true},
        {"《状况报告2021》在哪里发布？", "《其他报告2023》", "news.txt", true},
        {"《状况报告》在哪里发布？", "《状况报告2023》", "news.txt", true},
        {"《状况报告2021》在哪里发布？", "《状况报告2023", "news.txt", true}, /* no end */
    };
    (void)state;
    expect(rows, sizeof rows / sizeof *rows);
}

static void people_are_counted_in_people(void **state) {
    Str asked = STR("新疆中泰有多少员工？");
    (void)state;
    assert_false(given_zh_people_stand(asked, STR("新疆中泰120万吨/年装置停车，8月15日重启。")));
    assert_true(given_zh_people_stand(asked, STR("新疆中泰现有员工1200")));
    assert_true(given_zh_people_stand(asked, STR("新疆中泰共有1200余人")));
    assert_true(given_zh_people_stand(asked, STR("新疆中泰 | 1200")));
    assert_true(given_zh_people_stand(STR("班里有几名学生？"), STR("一共三十二名。")));
    assert_false(given_zh_people_stand(STR("来了多少人？"), STR("活动持续3小时。")));
    assert_true(given_zh_people_stand(STR("是多少人民币？"), STR("折合30元")));
    assert_false(given_zh_people_stand(STR("有多少老年人口？"), STR("建成32个社区的助餐点。")));
    assert_true(given_zh_people_stand(STR("说勉语的有多少人？"), STR("说勉语的人约有150万")));
    assert_true(given_zh_people_stand(STR("来了几个人？"), STR("来了三个人。")));
    assert_true(given_zh_people_stand(STR("有多少套房？"), STR("120套")));
    assert_true(given_zh_people_stand(STR(""), STR("")));
}

static void a_day_is_not_another(void **state) {
    Str asked = STR("7月20日的收盘价是多少？");
    (void)state;
    assert_true(given_zh_other_day(asked, STR("截至2023年7月28日收盘，报收于40.74元。")));
    assert_false(given_zh_other_day(asked, STR("截至2023年7月20日收盘，报收于40.74元。")));
    assert_false(given_zh_other_day(asked, STR("7月28日，较20日上涨，报收于40.74元。")));
    assert_false(given_zh_other_day(asked, STR("7月18日至22日报收于40元。")));
    assert_false(given_zh_other_day(asked, STR("报收于40.74元。"))); /* no day at all */
    assert_false(given_zh_other_day(asked, STR("28日报收于40.74元。")));
    assert_false(given_zh_other_day(STR("收盘价是多少？"), STR("7月28日报收于40元。")));
    assert_false(given_zh_other_day(STR("7月20日谁来？"), STR("7月28日丁一来。")));
    assert_false(given_zh_other_day(STR("日月日多少"), STR("月日日月")));
}

/* Attached passages need no store: each is looked at itself. */
static bool fits_second(const char *question, const char *best, const char *second) {
    Turn turn;
    Err err;
    bool fits = false;
    SearchHit hits[2] = {{.path = STR("a.txt"), .title = "", .context = "", .text = str_from(best),
                          .file_id = TURN_ATTACHED},
                         {.path = STR("b.txt"), .title = "", .context = "",
                          .text = str_from(second), .file_id = TURN_ATTACHED}};
    turn_init(&turn, NULL);
    turn.question = turn.query = str_from(question);
    turn.chinese = true;
    turn.found = (SearchResults){.hits = hits, .n = 2};
    assert_int_equal(about_fits(&turn, 1, &fits, &err), OK);
    turn_fini(&turn);
    return fits;
}

static void whose_thing_is_asked_for_stands_in_the_document(void **state) {
    const char *best = "中国有赞今日收盘上涨。";
    (void)state;
    assert_false(fits_second("中国有赞的总部在哪？", best, "中国五百强有九家总部在四川。"));
    assert_true(fits_second("中国有赞的总部在哪？", best, "中国有赞总部在四川。"));
    assert_true(fits_second("中国有赞的总部在哪？", "无关。", "中国五百强有九家总部在四川。"));
    assert_true(fits_second("我们公司的总部在哪？", "我们公司放假。", "总部在四川。"));
}

/* A turn whose best passage is a page of steps, and a model that wrote `answer`. */
static void begin(Turn *turn, SearchHit *hit, const char *question, const char *answer) {
    static Rig rig = {.has_guard_table = true}; /* nothing is open, and no guard looks */
    Err err;
    turn_init(turn, &rig);
    turn->question = turn->query = str_from(question);
    turn->chinese = true;
    turn->model = "m";
    turn->found = (SearchResults){.hits = hit, .n = 1};
    assert_int_equal(turn_admit(turn, &err), OK);
    assert_int_equal(recall_verify(turn, &err), OK);
    buf_add_c(&turn->text, answer);
    assert_int_equal(cite_feed(turn, true, &err), OK);
}

static SearchHit page_of_steps(void) {
    return (SearchHit){
        .path = STR("a.html"), .title = "打印机怎么安装驱动_百科", .context = "", .score = 1,
        .cosine = 0.95F, .file_id = TURN_ATTACHED,
        .text = STR("打印机怎么安装驱动_百科大全。打印机安装驱动："
                    "1.打印机接上电脑。2.放入驱动光盘安装驱动。3.重启打印机。")};
}

static void a_step_is_answered_with_its_list(void **state) {
    SearchHit hit = page_of_steps();
    Turn turn;
    (void)state;
    begin(&turn, &hit, "打印机怎么安装驱动？", "放入驱动光盘安装驱动。");
    assert_true(decide_answered(&turn));
    Str list = STR("\n1.打印机接上电脑。\n2.放入驱动光盘安装驱动。\n3.重启打印机。");
    assert_true(str_has(buf_str(&turn.text), list));
    turn_fini(&turn);
    begin(&turn, &hit, "打印机接上什么？", "打印机接上电脑。"); /* no list is asked for */
    assert_false(str_has(buf_str(&turn.text), STR("3.重启")));
    turn_fini(&turn);
}

static void steps_that_nothing_supports_are_made_up(void **state) {
    SearchHit hit = page_of_steps();
    Turn turn;
    (void)state;
    begin(&turn, &hit, "打印机怎么安装驱动？",
          "登录系统并填写企业信息。上传税务登记证等材料。放入驱动光盘安装驱动。"
          "等待审核通过短信。领取纸质证书原件。");
    assert_false(decide_answered(&turn));
    turn_fini(&turn);
}

static void a_title_is_no_quote(void **state) {
    SearchHit hit = page_of_steps();
    Turn turn;
    (void)state;
    begin(&turn, &hit, "打印机怎么安装驱动", "打印机怎么安装驱动");
    assert_false(str_has(buf_str(&turn.text), STR("_百科大全")));
    turn_fini(&turn);
}

int main(void) {
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_step_is_answered_with_its_list),
        cmocka_unit_test(steps_that_nothing_supports_are_made_up),
        cmocka_unit_test(a_title_is_no_quote),
        cmocka_unit_test(a_work_of_another_number_is_another),
        cmocka_unit_test(people_are_counted_in_people),
        cmocka_unit_test(a_day_is_not_another),
        cmocka_unit_test(whose_thing_is_asked_for_stands_in_the_document),
        cmocka_unit_test(what_one_code_means_is_not_what_another_does),
        cmocka_unit_test(an_empty_cell_answers_nothing),
        cmocka_unit_test(words_of_a_calendar_become_dates),
        cmocka_unit_test(a_document_of_another_year_or_month_does_not_fit),
        cmocka_unit_test(a_document_of_another_type_or_number_does_not_fit),
        cmocka_unit_test(a_number_with_another_unit_is_no_support),
        cmocka_unit_test(the_same_figure_is_one_with_its_unit),
        cmocka_unit_test(what_a_sentence_says_was_changed_is_old),
        cmocka_unit_test(of_two_changes_the_later_one_counts),
        cmocka_unit_test(pronouns_are_told_from_other_words),
        cmocka_unit_test(a_day_of_the_week_says_when),
        cmocka_unit_test(a_colour_and_a_person_are_asked_for),
        cmocka_unit_test(a_name_stands_in_the_document_as_it_is_said),
        cmocka_unit_test(how_much_money_wants_a_sum),
        cmocka_unit_test(one_row_is_not_the_cheapest_of_all),
        cmocka_unit_test(a_row_about_something_else_shares_no_word),
        cmocka_unit_test(the_day_of_a_document_is_in_its_name_or_its_head),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
