/*
 * Words that surrogates are made of, written for Hearth: plausible, and nobody in particular. Chinese
 * ones use signs that simplified and traditional script share, with their pinyin; English ones are
 * no words of a dictionary and no names that an answer would bring up by itself, so that restoring
 * them cannot hit other text. None is chosen when the request itself says it (surrogate.c).
 */
#include "gate/surrogate_data.h"

#include "base/attr.h"

const char *const name_surnames[] = {
    "江", "沈", "余", "丁", "田", "石", "何", "宋", "池", "柏", "祁", "岑", "尹", "阮",
    "甘", "冉", "卓", "柯", "倪", "童", "邵", "邱", "柳", "施", "焦", "邢", "季", "俞",
    "桂", "苗", "尤", "房", "辛", "凌", "霍", "狄", "荀", "屈", "冷", "卜", "管", "祝",
    "耿", "巫", "匡", "佟", "符", "牧", "谷", "侯", "晏", "温", "荆", "郁", "戚", "伍",
    "裴", "路", "翟", "古"};
const size_t name_surnames_n = ARRAY_LEN(name_surnames);

const char *const name_compounds[] = {
    "司徒", "令狐", "宇文", "慕容", "上官", "夏侯", "皇甫", "公羊", "呼延", "申屠"};
const size_t name_compounds_n = ARRAY_LEN(name_compounds);

const char *const name_first_signs[] = {
    "亦", "以", "昕", "之", "景", "沐", "知", "予", "若", "梓", "嘉", "怡", "可", "向",
    "念", "初", "雨", "文", "思", "承", "君", "秋", "允", "佑", "彦", "其", "弘", "令",
    "洛"};
const size_t name_first_signs_n = ARRAY_LEN(name_first_signs);

const char *const name_last_signs[] = {
    "禾", "舟", "澄", "晗", "霖", "川", "笙", "珩", "昀", "涵", "野", "溪", "朗", "桐",
    "辰", "希", "珂", "宸", "越", "彤", "煜", "庭", "瑜", "璟", "衍", "臻", "翊", "峥",
    "祺", "曦", "琛", "樾", "淼", "煦"};
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
    "局长", "部长", "董事长", "师傅", "阿姨", "叔叔", "某", "氏", "大夫", "书记", "院长", "校长", "老板", "队长", "处长",
    "科长", "厂长", "村长", "法官", "哥", "姐"};
const size_t name_honorifics_n = ARRAY_LEN(name_honorifics);

const char *const name_prefixes[] = {
    "老", "小", "阿"};
const size_t name_prefixes_n = ARRAY_LEN(name_prefixes);
