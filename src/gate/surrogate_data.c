/*
 * Words that surrogates are made of, written for Hearth: plausible, and nobody in particular. They are
 * chosen to be easy to bring back:
 *
 *     all             none begins with another one, so that an answer that shortens or glues words
 *                     names one thing
 *     Chinese         signs that simplified and traditional script share, with their pinyin
 *     surnames        no two sound alike ("Mr. Yu"), and none makes a word with a title or with
 *                     U+5C0F or U+8001 before it ("small road")
 *     Latin names     no words of a dictionary, and no saints, villages or well-known people, for an
 *                     answer may bring these up by itself; none ends in s, x or z, behind which
 *                     German writes no s of the genitive; no given names with I or U, no
 *                     surnames with I, O, U or V: their initials are abbreviations ("T.V.")
 *     foreign names   in Han signs: three signs or more, for two are in many a longer name, and no
 *                     place, oil or author of the news
 *     Chinese firms   three signs that are no word, so that they stand for the firm alone
 *
 * None is chosen when the request itself says it (surrogate.c).
 */
#include "gate/surrogate_data.h"

/* A row with its length; the array lives as long as the program. */
#define WORDS(...)                                                                                 \
    {(const char *const[]){__VA_ARGS__},                                                           \
     sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *)}

const Words name_surnames = WORDS(
    "沈", "丁", "宋", "祁", "岑", "阮", "甘", "冉", "卓", "柯", "倪", "邵", "邱", "焦", "邢",
    "俞", "辛", "凌", "霍", "荀", "屈", "耿", "巫", "匡", "佟", "符", "裴", "晏",
    "詹", "滕", "蒲", "褚", "桑", "臧", "樊", "靳", "茅", "卞", "郝", "葛", "雍", "屠", "廖", "殷",
    "牧");

const Words name_compounds = WORDS(
    "司徒", "令狐", "宇文", "慕容", "上官", "夏侯", "皇甫", "公羊", "呼延", "申屠");

const Words name_first_signs = WORDS(
    "亦", "以", "昕", "之", "景", "沐", "知", "予", "若", "梓", "嘉", "怡", "可", "向",
    "念", "初", "雨", "文", "思", "承", "君", "秋", "允", "佑", "其", "弘", "令",
    "洛");

const Words name_last_signs = WORDS(
    "禾", "舟", "澄", "晗", "霖", "川", "笙", "昀", "涵", "野", "溪", "朗", "桐",
    "辰", "希", "珂", "宸", "越", "彤", "煜", "庭", "瑜", "璟", "衍", "臻", "翊",
    "祺", "曦", "琛", "樾", "淼", "煦");

const Words name_given = WORDS(
    "Abrenna", "Aderyn", "Arwel", "Aubrin", "Belwick", "Brynmor", "Caderyn", "Caldrin", "Corantyn",
    "Corvenna", "Cynfor", "Dareth", "Derowen", "Drusmar", "Edrisel", "Eilwen", "Elestren",
    "Elowick", "Erwan", "Farindel", "Fenwara", "Ferriel", "Galwenna", "Gelmira", "Hedrek",
    "Hestrin", "Heulwen", "Hollara", "Jenifry", "Jessimar", "Jorvane", "Kelmond", "Kirrow",
    "Lorvick", "Lowenna", "Lunavel", "Marvenna", "Merrivel", "Morvoren", "Nerrick", "Nivara",
    "Odrane", "Orlissa", "Pelwyn", "Pryderow", "Quenrick", "Rhianwick", "Rhoswen", "Rosmund",
    "Selmira", "Sorvane", "Talan", "Talwick", "Tegwen", "Thessel", "Trevedic", "Tryphena", "Vanora",
    "Velmora", "Verrane", "Wendrel", "Wilmara", "Wystan", "Yelwyn", "Yoriane", "Ysella", "Zeldane",
    "Zorrick");

const Words name_family = WORDS(
    "Abernant", "Aldersyke", "Ashcombe", "Averillon", "Babbingley", "Bickerstoke", "Brackenridge",
    "Callowby", "Carrowmoor", "Chetwyll", "Cotterstock", "Daventon", "Dunmorrow", "Eddowham",
    "Ellacott", "Entwhistle", "Fairclifton", "Farrowdyke", "Froborough", "Gorringham", "Grimsholme",
    "Haverfield", "Heathcombe", "Hollinsworth", "Jellicombe", "Kelleway",
    "Kettlethorpe", "Kilbrannan", "Lanyonet", "Lethbrook", "Lockwarden", "Longsleddale",
    "Mapplebeck", "Merrihurst", "Nettlefold", "Northcombe", "Penhallick", "Pettiford",
    "Prendergill", "Quennerby", "Quillinane", "Rackstone", "Ravenspurn", "Redferley", "Rosewarne",
    "Ruthergarth", "Satterley", "Sedgebrook", "Shuttlewick", "Tarlington", "Tattersby",
    "Thackthwaite", "Thistleford", "Trelowarth", "Wetherlam", "Whittaby", "Winterslow", "Wolstanby",
    "Yarwoodly", "Zellaby");

const Words name_foreign = WORDS(
    "艾尔温", "塞尔温", "洛温娜", "奥斯里克", "伊德里斯", "埃姆林", "温德尔", "莱安德", "瓦诺拉", "罗维娜", "埃勒斯温", "奥德兰妮", "塔维里安",
    "科伦汀娜", "默温诺", "瑟莱温", "雅温奈", "佐里克恩", "洛维克安", "彭威琳");

const Words name_orgs = WORDS(
    "Brindlemark", "Calderpoint", "Dovanto", "Ellsmeria", "Fennovate", "Garrowby", "Halvenor",
    "Istrelle", "Jovendra", "Kestramont", "Lorvane", "Mirandel", "Norvista", "Ombrella",
    "Peltrion", "Quorvex", "Rastellan", "Sylvorne", "Tarquenta", "Ulmeria", "Vostrane",
    "Wexandra", "Yarvonne", "Zellimar");

const Words name_orgs_zh = WORDS(
    "允衡泰", "珂瑞安", "澄禾嘉", "昀沃康", "沐珩欣", "弘珈利", "承柏信", "博昀美", "川祺和",
    "元璟通", "序禾康", "南珂信", "松昀美", "嘉翊泰", "白珩利", "昆澄和", "清珈瑞", "柏翊安",
    "星珩沃", "景昀泰", "和珈信", "知琛安", "思珩嘉", "若璟欣");

const Words name_streets = WORDS(
    "Brackenholt", "Carrowmore", "Dunvallen", "Elderwick", "Fenniscowe", "Garthmoor",
    "Hollinside", "Inverbrack", "Kelderby", "Larkhollow", "Marrowdale", "Netherfold",
    "Ottercombe", "Pellbridge", "Quarrington", "Ravelston", "Silverholt", "Tannerbeck",
    "Ullesthorpe", "Wenderley");

const Words name_streets_zh = WORDS(
    "青禾", "柏舟", "清川", "南星", "松溪", "嘉木", "元初", "景行", "和序", "川禾", "沐光", "弘川", "允和", "知行", "文昕",
    "秋石");

/* Chinese surnames of two signs, and what people are addressed by behind or before a surname. */
const Words name_known_compounds = WORDS(
    "欧阳", "司马", "诸葛", "东方", "上官", "夏侯", "皇甫", "尉迟", "公孙", "慕容", "令狐", "宇文", "司徒", "南宫", "轩辕",
    "长孙", "独孤", "端木", "百里", "西门", "呼延", "申屠", "公羊", "澹台", "钟离", "闻人", "拓跋", "赫连", "司空");

const Words name_honorifics = WORDS(
    "先生", "女士", "小姐", "太太", "老师", "总", "经理", "博士", "医生", "教授", "律师", "主任", "工程师", "同学", "警官",
    "局长", "部长", "董事长", "师傅", "阿姨", "叔叔", "某", "氏", "大夫", "书记", "院长", "校长", "老板", "队长", "处长",
    "科长", "厂长", "村长", "法官", "副总", "总监", "哥", "姐");

const Words name_prefixes = WORDS(
    "老", "小", "阿");
