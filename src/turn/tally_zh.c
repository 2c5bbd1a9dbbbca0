/*
 * Questions of tables in Chinese, which has no blanks between words: the body of tally_zh.
 *
 *   8009是谁的分机 / 7月8日夜班是谁 / 庞博的手机号是多少      one cell of one row
 *   技术部有哪些人 / 哪些发票还没有付款                        rows
 *   行政部有几个人 / 周雨桐报销的发票一共多少钱                how many, what sum
 *   评分最低的供应商是哪家 / 谁加班最多                       the row with the least, the most
 *
 * The question is taken as a run of characters, without punctuation. A row of a table fits when
 * runs of it explain every character: a cell of the row that stands in the question as a whole (a
 * date in any spelling), the name of a column ("报销人" also where somebody asks 谁报销), words of the
 * names of the file and of what stands above the table, words of asking, and small words. What is
 * asked for is the cell of the column that is named and whose cell the question does not give; 谁
 * asks for the column of people, 什么时候 for the one of dates, where none is named. So a question
 * with one word more than a table knows is none of ours, and neither is one that rows of two tables
 * answer, unless they answer the same. Tables stand in sheets and in minutes (docx, Markdown,
 * HTML).
 *
 * Of rows that a cell chose 金额是多少 asks for the sum, too; a single one's cell is told.
 *
 * How many: what is counted must be named by the table, or be people (its first column has their
 * names); a table with a column of quantities counts differently, and is left alone. What sum: of
 * the column that is named, else of the only one of numbers, else of the one that says that it is
 * the total, else of the one of amounts.
 *
 * 周末多少钱一晚 asks for 周末价, 用了多少度电 for the only column with that unit, 用电度数; behind a cell
 * a character of its column's name is part of it (望云房, of the column 房间).
 *
 * 最便宜 asks for the least price, 最贵 for the highest, 最快 for the highest speed or the fewest days
 * of delivery, 最早 for the first date. A column of numbers is called by how its name begins, where
 * no other begins so: 加班 is 加班小时, and 迟到几次 asks for 迟到次数.
 *
 * A month, several or a year ("一月份", "六到十月", "下半年", "2026年") choose rows by their column of
 * names of months, else by their only column of dates or the one that is named; where rows say no
 * time it may stand in the table's name instead (考勤表_10月).
 *
 * 通讯录.csv has 姓名, 部门, 分机 and the row 沈佳 | 技术部 | 8009. "8009是谁的分机":
 *
 *     分机          the column that is named
 *     谁            a word of asking: whom, so a column of people is meant
 *     8009          a cell of the row; its column is given, though it is the one that is named
 *     是 的         small words
 *     answer        no named column is left, so the one of people: 沈佳（姓名）
 *
 * 还没完成 asks for all rows that do not say 已完成, where none says 未完成. 孙倩上了几个夜班 counts the
 * rows whose column 夜班 says 孙倩; 维修费 is the column 费用 of a table of 维修.
 *
 * Small words are explained last and names of columns first, since one character may be a part of
 * many words: 人 alone explains nothing that 负责人 could have explained.
 *
 * Limits: SIGNS_MAX characters of a question; BYTES_MAX of tables in a store, beyond which nothing
 * is looked at; a text longer than TALLY_TEXT_MAX is passed over.
 */
#include <assert.h>
#include <stdio.h>

#include "base/han.h"
#include "base/hash.h"
#include "base/lists.h"
#include "base/mem.h"
#include "base/plain.h"
#include "base/utf8.h"
#include "turn/dated.h"
#include "turn/tally.h"
#include "turn/tally_zh_ask.h"

enum { NOUN_MAX = 10, LEAST_CELL = 2, CELL_SIGNS_MAX = 40,
       BYTES_MAX = 32 << 20 };

/* ---- a table --------------------------------------------------------------------------------- */

typedef struct Sheet {
    const TallyTable *table;
    const StoreFile *file;
    Str all, base; /* its text; the file's name */
    TallyRow head; /* the names of the columns, folded */
    bool people, quantities; /* the first column has names of people; one has quantities */
    bool noun;               /* the question says what a row is by the first column's name */
    uint64_t named;  /* bits of the columns that the question names */
    uint64_t months; /* of those whose cells are names of months */
    size_t undone;   /* the column that says 已X in rows that 未X does not ask for; SIZE_MAX: none */
    Str done;        /* 已X */
    ZhQuestion question; /* with what names explain marked */
} Sheet;

/* Runs of two characters and more that stand in a name of the table. */
static bool explain_by_name(ZhSigns *in, Str name) {
    ZhSigns own;
    bool any = false;
    if (!signs_read(utf8_cut(name, 3 * CELL_SIGNS_MAX), &own)) return false;
    for (size_t n = NOUN_MAX; n >= LEAST_CELL; n--) {
        for (size_t at = 0; at + n <= own.n; at++) {
            ZhSigns part = {.n = n};
            memcpy(part.c, own.c + at, n * sizeof *part.c);
            bool number = signs_digit(part.c[0]) || signs_digit(part.c[n - 1]);
            any |= !number && signs_explain(in, &part);
        }
    }
    return any;
}

/* At least two characters must stand before the ending. */
static bool ends_with(Str name, const char *const *endings, Str *stem) {
    for (size_t i = 0; endings[i]; i++) {
        Str end = str_from(endings[i]);
        if (name.n < end.n + 6 || !str_ends(name, end)) continue;
        *stem = str_sub(name, 0, name.n - end.n);
        return true;
    }
    return false;
}

/* A column by which a row is a person. */
static bool names_people(Str column) {
    return str_eq_c(column, "姓名") || str_eq_c(column, "名字") || str_eq_c(column, "员工") ||
           str_eq_c(column, "人员");
}

/* "单价（元）" is called 单价. */
static Str without_unit(Str name) {
    size_t at = str_find(name, STR("（"), 0), plain = str_find(name, STR("("), 0);
    if (plain < at) at = plain;
    return at != SIZE_MAX && at >= 6 ? str_trim(str_sub(name, 0, at)) : name;
}

/* "应发 奖金", of a head on two lines, is called 奖金, too; without a blank all of it. */
static Str lower_name(Str name) {
    size_t at = name.n;
    while (at && name.p[at - 1] != ' ') at--;
    return str_sub(name, at, name.n);
}

/* What people call a column that has another name. */
static bool goes_as(ZhQuestion *q, Str name) {
    static const char *const same[][6] = {
        {"手机", "手机号码", "手机号", "电话号码", "电话", NULL},
        {"电话", "电话号码", "联系电话", "手机号", NULL},
        {"职位", "职务", "岗位", NULL},
        {"岗位", "职位", "职务", NULL},
        {"价格", "售价", "价钱", NULL},
        {"单价", "报价", "价格", "价钱", NULL},
        {"负责人", "由谁负责", "谁负责", NULL},
        {"交货期", "交货", "到货", NULL}};
    for (size_t i = 0; i < ARRAY_LEN(same); i++) {
        if (str_eq_c(name, same[i][0]) && signs_explain_list(&q->signs, &same[i][1])) {
            q->who = q->who || str_eq_c(name, "负责人");
            return true;
        }
    }
    return false;
}

/* 报销人 is asked for by 谁报销, 入职日期 by 什么时候入职. *named: it is, and the word is not only
   explained by it, as in 周雨桐报销的发票. */
static bool explain_column(ZhQuestion *q, Str name, bool *named) {
    static const char *const persons[] = {"人", "者", "员", NULL};
    static const char *const times[] = {"日期", "时间", "日", NULL};
    static const char *const others[] = {"号码", "名称", "情况", NULL};
    static const char *const amounts[] = {"金额", "支出", "期", NULL};
    static const char *const prices[] = {"价格", "价", NULL}; /* 周末价 by 周末多少钱 */
    ZhSigns own;
    Str stem = {"", 0};
    Str whole = name;
    name = without_unit(name);
    *named = true;
    if (!signs_read(utf8_cut(name, 3 * CELL_SIGNS_MAX), &own) || own.n < LEAST_CELL) return false;
    if (signs_explain(&q->signs, &own)) {
        if (signs_read(str_sub(whole, name.n, whole.n), &own)) (void)signs_explain(&q->signs, &own);
        return true;
    }
    Str low = lower_name(name);
    if (low.n < name.n && low.n >= 6 && signs_read(low, &own) && signs_explain(&q->signs, &own)) {
        return true;
    }
    bool person = ends_with(name, persons, &stem);
    bool time = !person && ends_with(name, times, &stem) && (q->when || q->of == OF_DATE);
    bool amount = !person && !time && (ends_with(name, amounts, &stem) ||
                                       (q->money && ends_with(name, prices, &stem)));
    bool cut = person || time || amount || ends_with(name, others, &stem);
    *named = person ? q->who : time || amount || q->when;
    if (goes_as(q, name)) return *named = true;
    return cut && signs_read(stem, &own) && signs_explain(&q->signs, &own);
}

/* "用了多少度电": the only column with the unit's character in its name ("用电度数") is asked for, and its
   name explains what else of it stands there. */
static void name_by_unit(Sheet *sheet) {
    ZhQuestion *q = &sheet->question;
    ZhSigns *s = &q->signs, many, name, own = {.n = 0};
    size_t hits = 0, column = 0, at = SIZE_MAX;
    if (q->money || q->people || sheet->named & ~(uint64_t)1) return;
    if (signs_read(STR("多少"), &many)) at = signs_place(s, &many);
    uint32_t unit = at == SIZE_MAX ? 0 : signs_at(s, at + many.n);
    for (size_t i = 0; unit && i < sheet->head.n; i++) {
        if (!signs_read(sheet->head.cells[i], &name) || !signs_has(&name, unit)) continue;
        hits++;
        column = i;
        own = name;
    }
    if (hits != 1 || column == 0) return;
    sheet->named |= (uint64_t)1 << column;
    for (size_t i = 0; i < s->n; i++) {
        s->used[i] |= (i >= at && i < at + many.n) || signs_has(&own, s->c[i]);
    }
}

/* A number to calculate with: whole numbers of eight digits are telephones'. */
static bool is_number(Str cell) {
    TallyNumber n;
    return !tally_is_date(cell) && tally_number(cell, &n) &&
           !(n.decimals == 0 && n.digits > 9999999);
}

/* The longest beginning of a column's name, at least two characters of it, that stands in the
   question and begins no other name; n 0: none. */
static ZhSigns own_stem(const Sheet *sheet, size_t column, const ZhSigns *name) {
    ZhSigns stem = {.n = 0}, other;
    if (name->n <= LEAST_CELL) return stem;
    stem = *name;
    for (stem.n = name->n - 1; stem.n >= LEAST_CELL; stem.n--) {
        if (signs_place(&sheet->question.signs, &stem) != SIZE_MAX) break;
    }
    if (stem.n < LEAST_CELL) return (ZhSigns){.n = 0};
    assert(column > 0 && column < sheet->head.n); /* the first one says what a row is */
    for (size_t i = 0; i < sheet->head.n; i++) {
        Str head = utf8_cut(sheet->head.cells[i], 3 * CELL_SIGNS_MAX);
        if (i == column || !signs_read(head, &other)) continue;
        if (other.n >= stem.n && !memcmp(other.c, stem.c, stem.n * sizeof *stem.c)) stem.n = 0;
    }
    return stem;
}

/* "迟到几次", "加班多少小时": the unit is a part of the name. */
static bool explain_unit(ZhSigns *s, const ZhSigns *name) {
    static const char *const many[] = {"多少", "几", NULL};
    for (size_t i = 0; many[i]; i++) {
        ZhSigns word;
        size_t at = signs_read(str_from(many[i]), &word) ? signs_place(s, &word) : SIZE_MAX;
        size_t end = at == SIZE_MAX ? s->n : at + word.n;
        if (!signs_has(name, signs_at(s, end))) continue;
        while (end < s->n && signs_has(name, s->c[end])) end++;
        for (size_t k = at; k < end; k++) s->used[k] = true;
        return true;
    }
    return false;
}

/* 谁加班最多, 陶丽迟到几次: columns of numbers are called by how their names begin, 加班小时 and
   迟到次数. */
static void name_by_stem(Sheet *sheet) {
    ZhQuestion *q = &sheet->question;
    for (size_t i = 1; i < sheet->head.n; i++) {
        ZhSigns name;
        if (sheet->named >> i & 1 || !tally_is_column(sheet->table, i, is_number)) continue;
        Str plain = utf8_cut(without_unit(sheet->head.cells[i]), 3 * CELL_SIGNS_MAX);
        if (!signs_read(plain, &name)) continue;
        ZhSigns stem = own_stem(sheet, i, &name);
        if (!stem.n || !signs_explain(&q->signs, &stem)) continue;
        sheet->named |= (uint64_t)1 << i;
        q->many |= explain_unit(&q->signs, &name);
    }
}

/* "3月", "三月" as a cell of a column of months. */
static bool is_month(Str cell, int month) {
    static const char *const names[] = {"一月", "二月", "三月", "四月", "五月", "六月", "七月",
                                        "八月", "九月", "十月", "十一月", "十二月"};
    char number[16];
    assert(month >= 1 && month <= 12); /* take_month sees to it; with a day none asks here */
    (void)snprintf(number, sizeof number, "%d月", month);
    return str_eq_c(cell, names[month - 1]) || str_eq_c(cell, number) ||
           (month < 10 && cell.n > 1 && cell.p[0] == '0' &&
            str_eq_c(str_sub(cell, 1, cell.n), number));
}

static bool is_any_month(Str cell) {
    for (int month = 1; month <= 12; month++) {
        if (is_month(cell, month)) return true;
    }
    return false;
}

/* 未X, in `text`, of a cell 已X. False: it is none. */
static bool undone_of(Str done, char text[static 15], Str *undone) {
    enum { MARK = 3, TEXT_MAX = 15 }; /* bytes of 已, and with four signs behind it */
    if (done.n <= MARK + 3 || done.n > TEXT_MAX || !str_starts(done, STR("已"))) return false;
    memcpy(text, "未", MARK);
    memcpy(text + MARK, done.p + MARK, done.n - MARK);
    *undone = (Str){text, done.n};
    return true;
}

/* The first cell 已X of a column of which the question says 未X; 0: the row of names, none. */
static size_t undone_row(const Sheet *sheet, size_t column, ZhSigns *undone) {
    char text[15];
    Str word, last = {"", 0};
    for (size_t i = 1; i < sheet->table->n; i++) {
        Str cell = tally_cell_at(&sheet->table->rows[i], column);
        if (str_eq(cell, last) || !undone_of(cell, text, &word)) continue;
        last = cell;
        if (!signs_read(word, undone)) continue;
        if (signs_place(&sheet->question.signs, undone) != SIZE_MAX) return i;
    }
    return 0;
}

/* Does a cell of the column say 未X itself? */
static bool says_undone(const Sheet *sheet, size_t column, Str done) {
    char text[15];
    Str word;
    bool says = false;
    if (!undone_of(done, text, &word)) return false;
    for (size_t i = 1; i < sheet->table->n && !says; i++) {
        says = str_eq(tally_cell_at(&sheet->table->rows[i], column), word);
    }
    return says;
}

/* 哪些事项还没完成: where no cell says 未完成, all but 已完成 are asked for. */
static void take_undone(Sheet *sheet) {
    ZhSigns undone;
    sheet->undone = SIZE_MAX;
    for (size_t c = 1; c < sheet->head.n && sheet->undone == SIZE_MAX; c++) {
        size_t row = undone_row(sheet, c, &undone);
        Str cell = tally_cell_at(&sheet->table->rows[row], c);
        if (!row || says_undone(sheet, c, cell)) continue;
        (void)signs_explain(&sheet->question.signs, &undone);
        sheet->undone = c;
        sheet->done = cell;
    }
}

/* 维修费, of a table of 维修 with a column 费用. */
static void name_by_fee(Sheet *sheet) {
    size_t hits = 0, column = 0;
    for (size_t c = 1; c < sheet->head.n; c++) {
        if (!str_eq_c(without_unit(sheet->head.cells[c]), "费用")) continue;
        hits++;
        column = c;
    }
    if (hits == 1 && signs_explain_c(&sheet->question.signs, "费")) {
        sheet->named |= (uint64_t)1 << column;
    }
}

/* What names of columns and words of asking explain. False: nothing is asked. */
static bool prepare(Sheet *sheet, const ZhQuestion *question) {
    const TallyRow *head = &sheet->head;
    ZhQuestion *q = &sheet->question;
    assert(head->n < 64); /* a bit a column, here and in the rows' `given` */
    *q = *question;
    sheet->named = sheet->months = 0;
    sheet->noun = sheet->quantities = false;
    sheet->people = names_people(head->cells[0]);
    for (size_t i = 0; i < head->n; i++) {
        Str name = head->cells[i];
        bool named;
        bool has = explain_column(q, name, &named);
        bool month = q->month && tally_is_column(sheet->table, i, is_any_month);
        sheet->months |= (uint64_t)month << i;
        if (has && named) sheet->named |= (uint64_t)1 << i;
        if (has && i == 0) sheet->noun = true;
        sheet->quantities |= str_starts(name, STR("数量")) || str_ends(name, STR("数")) ||
                             str_ends(name, STR("数量"));
    }
    name_by_unit(sheet);
    name_by_stem(sheet);
    name_by_fee(sheet);
    take_undone(sheet);
    if (!question_take_op(q) && sheet->named & ~(uint64_t)1) q->op = OP_CELL; /* 沈佳 分机 */
    return q->op != OP_NONE;
}

/* ---- rows ------------------------------------------------------------------------------------ */

/* Year, month and day of a cell; false: not all three, in this order. */
static bool date_parts(Str cell, int part[3]) {
    int n = 0, year, month;
    part[0] = part[1] = part[2] = 0;
    for (size_t at = 0; at < cell.n && n < 3;) {
        if (!plain_is_digit(cell.p[at])) {
            at++;
            continue;
        }
        for (; at < cell.n && plain_is_digit(cell.p[at]) && part[n] < 10000; at++) {
            part[n] = part[n] * 10 + (cell.p[at] - '0');
        }
        n++;
    }
    assert(n <= 3);
    return n == 3 && part[0] >= DATED_YEAR_LEAST && tally_date(cell, &year, &month);
}

/* YYYYMMDD, to compare. */
static bool date_value(Str cell, double *out) {
    int part[3];
    bool date = date_parts(cell, part);
    *out = 10000.0 * part[0] + 100.0 * part[1] + part[2];
    return date;
}

/* The day that is asked for; a year only where one was given. */
static bool same_date(Str cell, const ZhQuestion *q) {
    int part[3];
    if (!date_parts(cell, part)) return false;
    return part[1] == q->month && part[2] == q->day && (!q->year || part[0] == q->year);
}

/* Does a name say the month, by itself: "考勤表_10月"? */
static bool names_month(Str name, int month) {
    for (size_t at = 0; (at = str_find(name, STR("月"), at)) != SIZE_MAX; at += 3) {
        size_t from = at;
        while (from && plain_is_digit(name.p[from - 1])) from--;
        for (size_t n = 3; from == at && n <= 6 && n <= at; n += 3) { /* signs; 十一月 is no 一月 */
            bool ten = at > n && str_ends(str_sub(name, 0, at - n), STR("十"));
            if (!ten && is_month(str_sub(name, at - n, at + 3), month)) return true;
        }
        if (from < at && is_month(str_sub(name, from, at + 3), month)) return true;
    }
    return false;
}

/* What rows do not say of the time may stand in the file's name or above the table. */
static bool names_year(const Sheet *sheet) {
    char year[16];
    (void)snprintf(year, sizeof year, "%d", sheet->question.year);
    return !sheet->question.year || str_has(sheet->base, str_from(year)) ||
           str_has(sheet->table->heading, str_from(year));
}

static bool names_period(const Sheet *sheet) {
    const ZhQuestion *q = &sheet->question;
    if (q->day) return false; /* and its month may be a 99 */
    bool month = !q->month || (!q->until && (names_month(sheet->base, q->month) ||
                                             names_month(sheet->table->heading, q->month)));
    return month && names_year(sheet);
}

/* Is the cell of column `at` a time in the year and months that are asked for? Where a column has
   names of months it alone says so: the bill of September is paid in October. */
static bool in_period(const Sheet *sheet, size_t at, Str cell) {
    const ZhQuestion *q = &sheet->question;
    int year, month, last = q->until ? q->until : q->month;
    if (q->day) return same_date(cell, q);
    for (int m = q->month; m && m <= last; m++) {
        if (is_month(cell, m)) return names_year(sheet);
    }
    if (q->month && sheet->months && !(sheet->months >> at & 1)) return false;
    if (!tally_date(cell, &year, &month)) return false;
    return (!q->year || year == q->year) && (!q->month || (month >= q->month && month <= last));
}

/* Of several dates in a row it must be told which is meant. */
static bool dates_are_clear(const Sheet *sheet) {
    size_t dates = 0, named = 0;
    for (size_t i = 0; i < sheet->table->rows[0].n; i++) {
        if (!tally_is_column(sheet->table, i, tally_is_date)) continue;
        dates++;
        named += sheet->named >> i & 1;
    }
    return dates < 2 || named == 1;
}

typedef struct RowFit {
    uint64_t given; /* columns whose cells the question gives */
    bool noun;
} RowFit;

/* A year or a month may stand in the table's name and not in its rows. */
static bool row_dated(const Sheet *sheet, const TallyRow *row) {
    const ZhQuestion *q = &sheet->question;
    bool dated = names_period(sheet);
    if (!q->month && !q->year) return true;
    if (!q->day && !sheet->months && !dates_are_clear(sheet)) return false;
    for (size_t i = 0; i < row->n; i++) {
        if (in_period(sheet, i, row->cells[i])) return true;
        dated = dated && !tally_is_date(row->cells[i]); /* of another year */
    }
    return dated;
}

/* A cell that the question gives; behind it may stand a character of its column's name: 望云房, of the
   column 房间. */
static bool explain_cell(ZhSigns *s, const ZhSigns *cell, Str column) {
    ZhSigns name;
    size_t at = signs_place(s, cell);
    if (!signs_explain(s, cell)) return false;
    size_t behind = at + cell->n;
    if (behind < s->n && signs_read(utf8_cut(column, 3 * CELL_SIGNS_MAX), &name)) {
        s->used[behind] |= signs_has(&name, s->c[behind]);
    }
    return true;
}

/* "多少钱一晚", where no column says how many. */
static void explain_each(const Sheet *sheet, ZhSigns *s) {
    static const char units[] = "晚天份斤条间位张个次瓶盒只件台度亩组";
    _Static_assert((sizeof units - 1) % 3 == 0, "they are counted off by threes");
    if (!sheet->question.money || sheet->quantities) return;
    for (size_t at = 0; at < sizeof units - 1; at += 3) {
        char phrase[8];
        (void)snprintf(phrase, sizeof phrase, "一%.3s", units + at);
        if (signs_explain_c(s, phrase)) return;
        (void)snprintf(phrase, sizeof phrase, "每%.3s", units + at);
        if (signs_explain_c(s, phrase)) return;
    }
}

/* Cells, names of their columns, the table's names, small words: is every character explained? */
static bool row_fits(const Sheet *sheet, const TallyRow *row, RowFit *out) {
    static const char *const people[] = {"员工", "同事", "人员", "人", NULL};
    const ZhQuestion *q = &sheet->question;
    ZhSigns s = q->signs, cell;
    *out = (RowFit){0, false};
    for (size_t i = 0; i < row->n; i++) {
        bool date = (q->month || q->year) && in_period(sheet, i, row->cells[i]);
        bool given = date;
        if (!given && row->cells[i].n <= 3 * CELL_SIGNS_MAX && signs_read(row->cells[i], &cell)) {
            Str column = i < sheet->head.n ? sheet->head.cells[i] : STR("");
            given = cell.n >= LEAST_CELL && explain_cell(&s, &cell, column);
        }
        if (given) out->given |= (uint64_t)1 << i;
    }
    if (sheet->undone != SIZE_MAX) {
        Str state = tally_cell_at(row, sheet->undone);
        if (!state.n || str_eq(state, sheet->done)) return false;
        out->given |= (uint64_t)1 << sheet->undone;
    }
    for (size_t i = 0; out->given && i < row->n; i++) {
        (void)explain_by_name(&s, row->cells[i]);
        if (out->given >> i & 1 && i < sheet->table->rows[0].n) {
            (void)explain_by_name(&s, sheet->table->rows[0].cells[i]);
        }
    }
    out->noun = explain_by_name(&s, sheet->base);
    out->noun |= explain_by_name(&s, sheet->table->heading);
    out->noun |= explain_by_name(&s, sheet->table->rows[0].cells[0]);
    out->noun |= sheet->noun;
    if (sheet->people && out->given) { /* not: all of them */
        out->noun |= signs_explain_list(&s, people);
    }
    explain_each(sheet, &s);
    signs_explain_small(&s);
    return row_dated(sheet, row) && signs_all_used(&s) && !tally_is_total(row);
}

/* ---- what is asked for ----------------------------------------------------------------------- */

/* 报销人, 管理员: what 谁 asks for. */
static bool is_person_column(Str name) {
    return names_people(name) || str_ends(name, STR("人")) || str_ends(name, STR("员"));
}

/* The only column that is asked for by 谁 or 什么时候; SIZE_MAX: none, or several. */
static size_t meant_column(const Sheet *sheet, uint64_t given) {
    const TallyRow *head = &sheet->head;
    size_t found = SIZE_MAX;
    for (size_t i = 0; i < head->n; i++) {
        bool fits = (sheet->question.who && is_person_column(head->cells[i])) ||
                    (sheet->question.when && tally_is_column(sheet->table, i, tally_is_date));
        if (!fits || given >> i & 1) continue;
        if (sheet->question.who && names_people(head->cells[i])) return i;
        if (found != SIZE_MAX) return SIZE_MAX;
        found = i;
    }
    return found;
}

static const char *const totals[] = {"合计", "总计", "总额", "总价", "金额",
                                     "花费", "费用", "支出", NULL};

/* The column of what is added up; SIZE_MAX: it cannot be told. */
static size_t amount_column(const Sheet *sheet) {
    const TallyRow *head = &sheet->head;
    size_t numbers = 0, last = SIZE_MAX;
    for (size_t i = 0; i < head->n; i++) {
        if (!tally_is_column(sheet->table, i, is_number)) continue;
        if (sheet->named >> i & 1) return i;
        numbers++;
        last = i;
    }
    for (size_t k = 0; numbers > 1 && totals[k]; k++) {
        size_t hits = 0;
        for (size_t i = 0; i < head->n; i++) {
            bool hit = str_has(head->cells[i], str_from(totals[k])) &&
                       tally_is_column(sheet->table, i, is_number);
            hits += hit;
            if (hit) last = i;
        }
        if (hits) return hits == 1 ? last : SIZE_MAX;
    }
    return numbers == 1 ? last : SIZE_MAX;
}

/* The only column that is called by one of the names, or exactly so; SIZE_MAX: none, or several. */
static size_t called(const Sheet *sheet, const char *const *names) {
    const TallyRow *head = &sheet->head;
    size_t found = SIZE_MAX, hits = 0;
    for (size_t i = 0; i < head->n; i++) {
        if (!list_in(head->cells[i], names)) continue;
        if (!tally_is_column(sheet->table, i, is_number)) continue;
        if (list_has(without_unit(head->cells[i]), names)) return i;
        found = i;
        hits++;
    }
    return hits == 1 ? found : SIZE_MAX;
}

static const char *const prices[] = {"单价", "价格", "售价", "报价", "总价", "金额", "价", "费", NULL};

/* The only named column whose cells pass. */
static size_t named_column(const Sheet *sheet, TallyCellTest test, bool *several) {
    size_t found = SIZE_MAX;
    *several = false;
    for (size_t i = 0; i < sheet->table->rows[0].n; i++) {
        if (!(sheet->named >> i & 1) || !tally_is_column(sheet->table, i, test)) continue;
        *several = found != SIZE_MAX;
        found = i;
    }
    return found;
}

/* What a superlative is of. *least: the best one has the least. SIZE_MAX: it cannot be told. */
static size_t extreme_column(const Sheet *sheet, bool *least) {
    static const char *const speeds[] = {"速度", NULL};
    static const char *const days[] = {"交货", "交期", "工期", "天数", "用时", "时长", "周期", NULL};
    const ZhQuestion *q = &sheet->question;
    bool several;
    size_t column = named_column(sheet, q->of == OF_DATE ? tally_is_date : is_number, &several);
    assert(q->op == OP_LEAST || q->op == OP_MOST);
    *least = q->op == OP_LEAST;
    if (several) return SIZE_MAX;
    if (q->of == OF_SPEED) {
        size_t speed = called(sheet, speeds);
        if (speed != SIZE_MAX && (column == SIZE_MAX || column == speed)) return speed;
        size_t day = called(sheet, days);
        *least = !*least;
        return column == SIZE_MAX || column == day ? day : SIZE_MAX;
    }
    if (column != SIZE_MAX || q->of == OF_NAMED) return column;
    if (q->of == OF_PRICE) return called(sheet, prices);
    for (size_t i = 0, dates = 0; i < sheet->table->rows[0].n; i++) {
        if (!tally_is_column(sheet->table, i, tally_is_date)) continue;
        if (dates++) return SIZE_MAX;
        column = i;
    }
    return column;
}

/* ---- answers --------------------------------------------------------------------------------- */

/* A row as a citation. */
static Status add_row(Turn *turn, const Sheet *sheet, const TallyRow *row, TallyFound *found,
                      Err *err) {
    TallyMatch match = {sheet->file->id, sheet->file->path, row->start, row->end,
                        str_sub(sheet->all, row->start, row->end)};
    return tally_add_row(turn, found, match, err);
}

/* The cells that are asked for, with the names of their columns. */
static bool say_cells(const Sheet *sheet, const TallyRow *row, uint64_t asked, Buf *out) {
    const TallyRow *head = &sheet->table->rows[0];
    bool any = false;
    for (size_t i = 0; i < row->n && i < head->n; i++) {
        if (!(asked >> i & 1)) continue;
        if (!row->cells[i].n) return false; /* an empty cell says nothing */
        buf_printf(out, "%s%.*s（%.*s）", any ? "，" : "", (int)row->cells[i].n, row->cells[i].p,
                   (int)head->cells[i].n, head->cells[i].p);
        any = true;
    }
    return any;
}

/* The rows that fit; given: columns that the question gives in all of them. */
typedef struct Rows {
    size_t *items, n;
    uint64_t given;
    bool noun;
    bool column; /* what is counted is how often the column that is named says the cell */
} Rows;

/* One row must fit, and be chosen by a cell of it. */
static bool take_cell(const Sheet *sheet, const Rows *rows, TallyFound *found) {
    if (rows->n != 1 || !rows->given) return false;
    uint64_t asked = sheet->named & ~rows->given;
    if (asked & ~(uint64_t)1) asked &= ~(uint64_t)1; /* 供应商的联系人: what a row is, is told */
    size_t meant = asked ? SIZE_MAX : meant_column(sheet, rows->given);
    if (!asked && meant == SIZE_MAX && sheet->question.money) meant = called(sheet, prices);
    if (meant != SIZE_MAX) asked = (uint64_t)1 << meant;
    return asked && say_cells(sheet, &sheet->table->rows[rows->items[0]], asked, &found->sum);
}

/* Of rows that a cell chose, what is called an amount is asked for as a whole: 未收款发票的价税合计. */
static bool asks_amount(const Sheet *sheet, const Rows *rows) {
    bool several;
    size_t column = named_column(sheet, is_number, &several);
    return rows->n > 1 && rows->given && column != SIZE_MAX && !several &&
           list_in(sheet->head.cells[column], totals);
}

/* Writes the sum; the refusal's buffer has the name of the column for `what`. A table whose name
   says the month that is asked for is meant by it, where a column is named: 6月奖金合计. */
static bool take_sum(const Sheet *sheet, const Rows *rows, TallyFound *found) {
    size_t column = amount_column(sheet);
    if (column == SIZE_MAX) return false;
    bool named = sheet->named >> column & 1;
    bool of_month = named && sheet->question.month && names_period(sheet);
    if (!rows->given && !rows->noun && !of_month) return false;
    bool exact = tally_numbers_are_exact(sheet->file);
    TallySum sum = {0};
    for (size_t i = 0; i < rows->n; i++) {
        const TallyRow *row = &sheet->table->rows[rows->items[i]];
        if (column < row->n) tally_sum_add(&sum, row->cells[column], exact);
    }
    if (sum.trouble) return false;
    tally_sum_print(&sum, &found->sum);
    Str name = sheet->table->rows[0].cells[column];
    buf_printf(&found->refusal, "%.*s", (int)name.n, name.p);
    return true;
}

/* False: the cell is no number or date, or may be read in two ways. */
static bool value_of(Str cell, bool date, double *out) {
    TallyNumber n;
    if (date) return date_value(cell, out);
    if (!tally_number(cell, &n) || n.unsure) return false;
    *out = tally_real(&n);
    return true;
}

/* The row with the least or the most, where it is one. */
static bool take_extreme(const Sheet *sheet, Rows *rows, TallyFound *found) {
    size_t best = 0;
    double edge = 0;
    bool tie = false, least;
    size_t column = extreme_column(sheet, &least);
    if (column == SIZE_MAX || rows->n < 2) return false;
    bool date = tally_is_column(sheet->table, column, tally_is_date);
    for (size_t i = 0; i < rows->n; i++) {
        double value;
        const TallyRow *row = &sheet->table->rows[rows->items[i]];
        if (column >= row->n || !value_of(row->cells[column], date, &value)) return false;
        if (!least) value = -value;
        tie = i ? (value == edge || (tie && value > edge)) : false;
        if (i && value >= edge) continue;
        edge = value;
        best = rows->items[i];
    }
    uint64_t asked = sheet->named & ~((uint64_t)1 << column);
    size_t meant = asked ? SIZE_MAX : meant_column(sheet, (uint64_t)1 << column);
    if (!asked) asked = (uint64_t)1 << (meant == SIZE_MAX ? 0 : meant);
    assert(best > 0 && best < sheet->table->n); /* not the names */
    rows->items[0] = best;
    rows->n = 1;
    asked |= (uint64_t)1 << column;
    return !tie && say_cells(sheet, &sheet->table->rows[best], asked, &found->sum);
}

/* 孙倩上了几个夜班: the cell stands in the column 夜班. */
static bool counts_column(const Sheet *sheet, const RowFit *fit) {
    return sheet->question.op == OP_COUNT && (sheet->named & fit->given & ~(uint64_t)1);
}

/* False: it cannot be told, and the table answers nothing. */
static bool take(const Sheet *sheet, Rows *rows, TallyAsk *ask, TallyFound *found) {
    assert(rows->n > 0 && rows->n < sheet->table->n); /* the names are no row */
    switch (sheet->question.op) {
    case OP_CELL:
        ask->kind = asks_amount(sheet, rows) ? TALLY_SUM : TALLY_CELL;
        return ask->kind == TALLY_SUM ? take_sum(sheet, rows, found)
                                      : take_cell(sheet, rows, found);
    case OP_LEAST:
    case OP_MOST: ask->kind = TALLY_CELL; return take_extreme(sheet, rows, found);
    case OP_SUM: ask->kind = TALLY_SUM; return take_sum(sheet, rows, found);
    case OP_COUNT:
        ask->kind = TALLY_COUNT;
        return (rows->noun || rows->column) && !sheet->quantities;
    case OP_LIST: ask->kind = TALLY_LIST; return rows->noun || rows->given;
    case OP_NONE: break;
    }
    return false;
}

/* ---- all tables ------------------------------------------------------------------------------ */

typedef struct Pass {
    Turn *turn;
    const ZhQuestion *question;
    TallyAsk *ask;
    TallyFound *found;
    size_t fits;   /* tables that answer, each with something else */
    uint64_t says; /* a hash of what the first of them answers */
} Pass;

static uint64_t hash_of(Str text) { return hash_check64(text.p, text.n, 0); }

/* The same list of people stands in two tables: whichever is taken, the answer is the same. */
static uint64_t meaning_of(const Sheet *sheet, const Rows *rows, const TallyAsk *ask, Str sum) {
    uint64_t all = rows->n;
    bool number = ask->kind == TALLY_SUM || ask->kind == TALLY_COUNT;
    if (number) return hash_of(sum) + all * 31 + ask->kind;
    size_t end = str_find(sum, STR("（"), 0);
    if (ask->kind == TALLY_CELL) return hash_of(str_sub(sum, 0, end == SIZE_MAX ? sum.n : end));
    for (size_t i = 0; i < rows->n; i++) {
        all += hash_of(sheet->table->rows[rows->items[i]].cells[0]);
    }
    return all;
}

/* The names of its columns, as they are compared. */
static void fold_head(Arena *scratch, Sheet *sheet) {
    sheet->head = sheet->table->rows[0];
    for (size_t i = 0; i < sheet->head.n; i++) {
        Str name = han_fold_text(scratch, sheet->head.cells[i]);
        if (name.p) sheet->head.cells[i] = name;
    }
}

/* The first table that answers is taken; a second one with another answer ends it. */
static Status try_table(Pass *pass, Arena *scratch, Sheet *sheet, Err *err) {
    Rows rows = {.given = ~0ull, .noun = true};
    rows.items = arena_alloc_n(scratch, sheet->table->n + 1, sizeof *rows.items);
    if (!rows.items) return err_no_memory(err, "the rows of a table");
    fold_head(scratch, sheet);
    if (sheet->table->rows[0].n > 63 || !prepare(sheet, pass->question)) return OK;
    for (size_t i = 1; i < sheet->table->n; i++) {
        RowFit fit;
        if (!row_fits(sheet, &sheet->table->rows[i], &fit)) continue;
        bool column = counts_column(sheet, &fit);
        if (rows.column && !column) continue;
        if (column && !rows.column) { /* those before say it elsewhere */
            rows = (Rows){rows.items, 0, ~0ull, true, true};
        }
        rows.items[rows.n++] = i;
        assert(rows.n < sheet->table->n); /* each row once, and not the names */
        rows.given &= fit.given;
        rows.noun &= fit.noun;
    }
    if (!rows.n) return OK;
    TallyFound trial = {0};
    TallyAsk ask = *pass->ask;
    buf_init(&trial.sum, TALLY_SAY_MAX);
    buf_init(&trial.refusal, 256);
    bool answers = take(sheet, &rows, &ask, &trial) && trial.sum.status == OK;
    uint64_t says = answers ? meaning_of(sheet, &rows, &ask, buf_str(&trial.sum)) : 0;
    answers = answers && !(pass->fits && says == pass->says);
    if (answers && pass->fits++ == 0) {
        pass->says = says;
        size_t n = trial.refusal.n;
        Str name = n ? buf_str(&trial.refusal) : sheet->base;
        *pass->ask = ask;
        buf_add_str(&pass->found->sum, buf_str(&trial.sum));
        pass->found->what = (Str){arena_dup(&pass->turn->arena, name.p, name.n), name.n};
        pass->found->looked_at = sheet->table->n - 1;
    }
    Status status = OK;
    for (size_t i = 0; status == OK && answers && pass->fits == 1 && i < rows.n; i++) {
        status = add_row(pass->turn, sheet, &sheet->table->rows[rows.items[i]], pass->found, err);
    }
    buf_fini(&trial.sum);
    buf_fini(&trial.refusal);
    return status;
}

static Status look_at(void *user, const TallySheet *at, Err *err) {
    Pass *pass = user;
    Sheet sheet = {.table = at->table, .file = at->file, .all = at->all,
                   .base = str_file_stem(at->file->path)};
    return pass->fits < 2 ? try_table(pass, at->scratch, &sheet, err) : OK;
}

/* The first table that answers is kept; a second one that says something else ends the search,
   for nobody knows which is meant. */
Status tally_zh(Turn *turn, TallyAsk *ask, Store *store, TallyFound *found, Err *err) {
    ZhQuestion question;
    StoreFiles files = {0};
    bool ours;
    TRY(question_read(turn_plain(turn, turn->question), &question, &ours, err));
    if (!ours) return OK;
    TRY(tally_list(turn, store, BYTES_MAX, &files, err));
    Pass pass = {.turn = turn, .question = &question, .ask = ask, .found = found};
    Status status = OK;
    for (size_t i = 0; status == OK && i < files.n && pass.fits < 2; i++) {
        status = tally_look(turn, store, &files.items[i], look_at, &pass, err);
    }
    found->done = status == OK && pass.fits == 1 && found->what.p;
    if (!found->done) {
        tally_forget(found);
        *ask = (TallyAsk){.kind = TALLY_NONE};
    }
    return status;
}
