/*
 * Words that surrogates are made of, written for Hearth: plausible, and nobody in particular. Chinese
 * ones use signs that simplified and traditional script share, with their pinyin; English ones are
 * no words of a dictionary and no names that an answer would bring up by itself, so that restoring
 * them cannot hit other text. None is chosen when the request itself says it (surrogate.c).
 */
#include "gate/surrogate_data.h"

#include "base/attr.h"

const NamePiece name_surnames[] = {
    {"江", "jiang"}, {"沈", "shen"}, {"余", "yu"}, {"丁", "ding"}, {"田", "tian"}, {"石", "shi"},
    {"何", "he"}, {"宋", "song"}, {"池", "chi"}, {"柏", "bai"}, {"祁", "qi"}, {"岑", "cen"},
    {"尹", "yin"}, {"阮", "ruan"}, {"甘", "gan"}, {"冉", "ran"}, {"卓", "zhuo"}, {"柯", "ke"},
    {"倪", "ni"}, {"童", "tong"}, {"邵", "shao"}, {"邱", "qiu"}, {"柳", "liu"}, {"施", "shi"},
    {"焦", "jiao"}, {"邢", "xing"}, {"季", "ji"}, {"俞", "yu"}, {"桂", "gui"}, {"苗", "miao"},
    {"尤", "you"}, {"房", "fang"}, {"辛", "xin"}, {"凌", "ling"}, {"霍", "huo"}, {"狄", "di"},
    {"荀", "xun"}, {"屈", "qu"}, {"冷", "leng"}, {"卜", "bu"}, {"管", "guan"}, {"祝", "zhu"},
    {"耿", "geng"}, {"巫", "wu"}, {"匡", "kuang"}, {"佟", "tong"}, {"符", "fu"}, {"牧", "mu"},
    {"谷", "gu"}, {"侯", "hou"}, {"晏", "yan"}, {"温", "wen"}, {"荆", "jing"}, {"郁", "yu"},
    {"戚", "qi"}, {"伍", "wu"}, {"裴", "pei"}, {"路", "lu"}, {"翟", "zhai"}, {"古", "gu"}};
const size_t name_surnames_n = ARRAY_LEN(name_surnames);

const NamePiece name_compounds[] = {
    {"司徒", "situ"}, {"令狐", "linghu"}, {"宇文", "yuwen"}, {"慕容", "murong"}, {"上官", "shangguan"},
    {"夏侯", "xiahou"}, {"皇甫", "huangfu"}, {"公羊", "gongyang"}, {"呼延", "huyan"}, {"申屠", "shentu"}};
const size_t name_compounds_n = ARRAY_LEN(name_compounds);

const NamePiece name_first_signs[] = {
    {"亦", "yi"}, {"以", "yi"}, {"昕", "xin"}, {"之", "zhi"}, {"景", "jing"}, {"沐", "mu"},
    {"知", "zhi"}, {"予", "yu"}, {"若", "ruo"}, {"梓", "zi"}, {"嘉", "jia"}, {"怡", "yi"}, {"可", "ke"},
    {"向", "xiang"}, {"念", "nian"}, {"初", "chu"}, {"雨", "yu"}, {"文", "wen"},
    {"思", "si"}, {"承", "cheng"}, {"君", "jun"}, {"秋", "qiu"}, {"允", "yun"}, {"佑", "you"},
    {"彦", "yan"}, {"其", "qi"}, {"弘", "hong"}, {"令", "ling"}, {"洛", "luo"}};
const size_t name_first_signs_n = ARRAY_LEN(name_first_signs);

const NamePiece name_last_signs[] = {
    {"禾", "he"}, {"舟", "zhou"}, {"澄", "cheng"}, {"晗", "han"}, {"霖", "lin"}, {"川", "chuan"},
    {"笙", "sheng"}, {"珩", "heng"}, {"昀", "yun"}, {"涵", "han"}, {"野", "ye"},
    {"溪", "xi"}, {"朗", "lang"}, {"桐", "tong"}, {"辰", "chen"}, {"希", "xi"}, {"珂", "ke"},
    {"宸", "chen"}, {"越", "yue"}, {"彤", "tong"}, {"煜", "yu"}, {"庭", "ting"}, {"瑜", "yu"},
    {"璟", "jing"}, {"衍", "yan"}, {"臻", "zhen"}, {"翊", "yi"}, {"峥", "zheng"}, {"祺", "qi"},
    {"曦", "xi"}, {"琛", "chen"}, {"樾", "yue"}, {"淼", "miao"}, {"煦", "xu"}};
const size_t name_last_signs_n = ARRAY_LEN(name_last_signs);

const char *const name_given[] = {
    "Aderyn", "Alwyn", "Anstice", "Arwel", "Aubrin", "Blodwyn", "Brioc", "Brynmor", "Caderyn",
    "Carantoc", "Ceinwen", "Corantyn", "Cynfor", "Deiniol", "Derowen", "Dilwyn", "Eilwen",
    "Eirlys", "Elestren", "Emlyn", "Endelyn", "Erwan", "Farrin", "Fenella", "Gethin", "Glynis",
    "Gwithian", "Hedrek", "Heulwen", "Idwal", "Ithel", "Jenifry", "Jestyn", "Kerensa", "Keverne",
    "Lamorna", "Llinos", "Lowenna", "Maelys", "Massen", "Meriasek", "Merryn", "Morvoren",
    "Myfanwy", "Nolwenn", "Oighrig", "Olwyn", "Osric", "Perran", "Petroc", "Quillan", "Rhoswen",
    "Ruan", "Senara", "Sennen", "Talan", "Tamsin", "Tegan", "Tegwen", "Tiernan", "Trevedic",
    "Tryphena", "Ulric", "Uwen", "Vanora", "Wenna", "Wystan", "Ysella", "Zennor"};
const size_t name_given_n = ARRAY_LEN(name_given);

const char *const name_family[] = {
    "Abernant", "Ashcombe", "Averillon", "Bickerstoke", "Brackenridge", "Callowby", "Carrowmoor",
    "Cotterstock", "Dunmorrow", "Eddowham", "Ellacott", "Fairclifton", "Farrowdyke",
    "Gorringham", "Haverfield", "Hollinsworth", "Inchbrook", "Jellicombe", "Kelleway",
    "Kilbrannan", "Lanyonet", "Lethbrook", "Lockwarden", "Merrihurst", "Nettlefold",
    "Ormescroft", "Osgathorne", "Penhallick", "Pettiford", "Quennerby", "Rackstone",
    "Ravenspurn", "Redferley", "Rosewarne", "Satterley", "Sedgebrook", "Tarlington",
    "Thackthwaite", "Thistleford", "Trelowarth", "Vavasey", "Wetherlam", "Winterslow",
    "Wolstanby", "Yarwoodly", "Zellaby", "Aldersyke", "Babbingley", "Chetwyll", "Daventon",
    "Entwhistle", "Froborough", "Grimsholme", "Heathcombe", "Illingbeck", "Kettlethorpe",
    "Longsleddale", "Mapplebeck", "Northcombe", "Oglethwaite", "Prendergill", "Quillinane",
    "Ruthergarth", "Shuttlewick", "Tattersby", "Uttoxford", "Venablewick", "Whittaby"};
const size_t name_family_n = ARRAY_LEN(name_family);

const char *const name_foreign[] = {
    "克莱恩", "布伦特", "艾尔温", "塞尔温", "洛温娜", "奥斯里克", "特根", "马洛", "伊德里斯", "达西", "贝拉米", "法林", "埃姆林",
    "科林斯", "温德尔", "昆廷", "莱安德", "瓦诺拉", "罗维娜", "泽诺"};
const size_t name_foreign_n = ARRAY_LEN(name_foreign);

const char *const name_orgs[] = {
    "Brindlemark", "Calderpoint", "Dovanto", "Ellsmeria", "Fennovate", "Garrowby", "Halvenor",
    "Istrelle", "Jovendra", "Kestramont", "Lorvane", "Mirandel", "Norvista", "Ombrella",
    "Peltrion", "Quorvex", "Rastellan", "Sylvorne", "Tarquenta", "Ulmeria", "Vostrane",
    "Wexandra", "Yarvonne", "Zellimar"};
const size_t name_orgs_n = ARRAY_LEN(name_orgs);

const char *const name_orgs_zh[] = {
    "青禾", "柏舟", "清川", "南星", "白石", "昆玉", "松溪", "嘉木", "元初", "安禾", "景行", "和序", "川禾", "沐光", "博衍",
    "弘川", "承越", "允和", "知行", "思源", "文昕", "君珩", "若水", "秋石"};
const size_t name_orgs_zh_n = ARRAY_LEN(name_orgs_zh);

const char *const name_streets[] = {
    "Brackenholt", "Carrowmore", "Dunvallen", "Elderwick", "Fenniscowe", "Garthmoor",
    "Hollinside", "Inverbrack", "Kelderby", "Larkhollow", "Marrowdale", "Netherfold",
    "Ottercombe", "Pellbridge", "Quarrington", "Ravelston", "Silverholt", "Tannerbeck",
    "Ullesthorpe", "Wenderley"};
const size_t name_streets_n = ARRAY_LEN(name_streets);

const char *const name_streets_zh[] = {
    "青禾", "柏舟", "清川", "南星", "松溪", "嘉木", "元初", "景行", "和序", "川禾", "沐光", "弘川", "允和", "知行", "文昕",
    "秋石"};
const size_t name_streets_zh_n = ARRAY_LEN(name_streets_zh);

/* Chinese surnames of two signs, and what people are addressed by behind or before a surname. */
const char *const name_known_compounds[] = {
    "欧阳", "司马", "诸葛", "东方", "上官", "夏侯", "皇甫", "尉迟", "公孙", "慕容", "令狐", "宇文", "司徒", "南宫", "轩辕",
    "长孙", "独孤", "端木", "百里", "西门", "呼延", "申屠", "公羊", "澹台", "钟离", "闻人", "拓跋", "赫连", "司空"};
const size_t name_known_compounds_n = ARRAY_LEN(name_known_compounds);

const char *const name_honorifics[] = {
    "先生", "女士", "小姐", "太太", "老师", "总", "经理", "博士", "医生", "教授", "律师", "主任", "工程师", "同学", "警官",
    "局长", "部长", "董事长", "师傅", "阿姨", "叔叔", "某", "氏"};
const size_t name_honorifics_n = ARRAY_LEN(name_honorifics);

const char *const name_prefixes[] = {
    "老", "小", "阿"};
const size_t name_prefixes_n = ARRAY_LEN(name_prefixes);
