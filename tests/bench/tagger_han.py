"""Latin names as Chinese papers write them, for the tagger's sentences: sound by sound, after the common tables of transcription.

What is written here is the custom (Xinhua's tables of names follow it): a consonant and a vowel give one sign, a vowel before "n" its own, a
consonant alone its own. Which letters sound alike is taken roughly, as if all names were half English and half Latin; the tagger shall know the
signs and their order, not the one right spelling. Where custom has several signs (a woman's name, the beginning of a name) all of them are given.
"""
import re

VOWELS = ('a', 'e', 'i', 'o', 'u', 'an', 'en', 'in', 'on', 'un', '')
TABLE = {line.split()[0]: line.split()[1:] for line in '''
- 阿 埃 伊 奥 乌 安 恩/埃 因/英 翁 温 -
b 巴/芭 贝 比 博/波 布 班 本 宾 邦 本 布
p 帕 佩 皮 波 普 潘 彭 平 庞 蓬 普
d 达/黛 德 迪/蒂 多/杜 杜 丹 登/丹 丁 东/唐 敦 德
t 塔/泰 特/泰 蒂/提 托/多 图 坦/唐 滕/顿 廷/丁 通/顿 通 特
g 加/盖 格/盖 吉 戈/高 古 甘 根 金 贡 贡 格
k 卡 克/凯 基/奇 科/柯 库/丘 坎 肯 金 孔/康 昆 克
v 瓦 维/韦 维 沃 武 万 文 文/温 冯 文 夫/弗
w 瓦/沃 韦/威 威/维 沃/伍 伍 万 温/文 温 旺 文 -
f 法 费/弗 菲/费 福/弗 富/弗 凡/范 芬 芬 丰 丰 夫/弗
z 扎 泽 齐/兹 佐 祖 赞 曾 津 宗 尊 兹
s 萨/莎 塞/瑟 西/锡 索 苏 桑/森 森/申 辛 松/森 孙/森 斯
x 沙/莎 谢/舍 希/西 肖 舒/休 尚/香 申 欣/辛 雄 顺 什
j 贾/雅 杰/耶 吉/季 乔/约 朱/尤 詹/扬 珍/延 金/津 琼/容 俊 奇
c 查 切/彻 奇 乔 丘/楚 钱 琴/陈 钦/秦 琼 春 奇
h 哈 赫/海 希 霍/侯 胡/休 汉 亨 欣 洪 洪 赫
m 马/玛 梅 米 莫 穆 曼 门/曼 明/敏 蒙 蒙 姆
n 纳/娜 内 尼/妮 诺 努 南 嫩 宁 农 农 恩
l 拉/莱 莱/勒/丽 利/莉/丽/里 洛/罗 卢/鲁 兰/朗 伦/莱 林/琳 隆/朗 伦 尔
r 拉 雷/里 里/丽 罗/洛 鲁 兰/朗 伦 林 龙/朗 伦 尔
y 亚/雅 耶 伊/伊 约 尤 扬/延 延 因/英 永/荣 云 伊
'''.strip().splitlines()}
SOUNDS = (('sch', 'X'), ('tch', 'C'), ('sh', 'X'), ('ch', 'C'), ('ph', 'f'), ('hn', 'n'), ('th', 't'), ('ck', 'k'), ('qu', 'kw'), ('gh', 'g'), ('kn', 'n'), ('wr', 'r'), ('dge', 'j'), ('tz', 'z'), ('ts', 'z'), ('cz', 'C'), ('sz', 's'), ('dz', 'z'),
          ('ce', 'se'), ('ci', 'si'), ('cy', 'si'), ('ge', 'je'), ('gi', 'ji'), ('x', 'ks'), ('q', 'k'))
VOWEL = (('eau', 'o'), ('ai', 'e'), ('ay', 'e'), ('ei', 'ai'), ('ey', 'i'), ('ee', 'i'), ('ea', 'i'), ('ie', 'i'), ('oo', 'u'), ('ou', 'u'), ('au', 'o'), ('aw', 'o'), ('ow', 'o'), ('oa', 'o'), ('ue', 'u'), ('oe', 'e'), ('ae', 'e'), ('ia', 'ia'), ('io', 'io'))

# Japanese names: signs that China writes simpler, and how a family's and a man's or a woman's name is made.
KANJI = '齋斎辺邊沢濱浜広桜恵実経関渕島崎嶋児斉徳遠呉陽静竜亜樹優結輝愛麻綾紗莉奈稲葉塚飯岡増見長門間東馬倉黒倫聡亀鈴脇橋谷'
SIMPLE = '斋斋边边泽滨滨广樱惠实经关渊岛崎岛儿齐德远吴阳静龙亚树优结辉爱麻绫纱莉奈稻叶冢饭冈增见长门间东马仓黑伦聪龟铃胁桥谷'
FIELD = '山 田 中 小 大 高 石 松 竹 梅 藤 佐 伊 加 吉 井 北 西 南 东 上 下 村 川 林 森 木 岩 长 安 福 平 青 黑 白 铃 渡 斋 桥 池 前 后 三 宫 今 岸 桐 羽 柳 德 广 浅 海 村 早 土 内 古 金 远 熊 菊 横 久 本 谷 丰 清 细 樱 武 原 星 水'.split()
FIELD_END = '田 本 村 山 川 藤 木 井 野 原 岛 崎 口 谷 泽 下 上 中 林 森 桥 冈 池 部 边 内 尾 见 保 田 崎 津 濑 坂 城 宫 仓 间 永 形'.split()
SON = '太 一 健 正 英 龙 幸 雅 俊 光 和 信 义 孝 哲 直 浩 康 秀 清 荣 真 美 惠 由 千 百合 优 麻 奈 纯 敏 明 良 章 久 贞 文 武 裕 博 隆 纪 晋 庆 勇 纯一 小'.split()
SON_END = '郎 太郎 一郎 次郎 三郎 一 二 三 夫 雄 男 彦 人 介 辅 助 也 之 之助 平 机 生 治 树 司 子 美 香 代 枝 绘 江 里 奈 明 昭 行 弘 宏 成'.split()

KANA = 'あかり あきら あずさ あゆみ いずみ かおり かずみ かなえ けんじ さおり さやか しおり たかし たけし ちはる つとむ なおみ はるか ひかり ひろし まこと まさこ まなみ みどり みさき めぐみ ももこ ゆかり ゆうた りょう エリカ ケンジ マリコ ユウキ レイナ'.split()


def sound(name):
    """The letters of a name, as if each stood for one sound."""
    name = re.sub(r'(.)\1+', r'\1', re.sub('[^a-z]', '', name.lower()))
    for letters, to in SOUNDS:
        name = name.replace(letters, to)
    for letters, to in VOWEL:
        name = name.replace(letters, to)
    name = re.sub(r'c(?=[aoukltrns]|$)', 'k', name)
    name = re.sub(r'y(?![aeiou])', 'i', name)
    return re.sub(r'(?<=[bcdfghjklmnpqrstvwxz])e$', '', name).lower() if len(name) > 3 else name.lower()


def syllables(name):
    """For each syllable the signs that may stand for it; nothing for a name that the table does not reach."""
    out = []
    for onset, vowel, nasal in re.findall(r'([bcdfghjklmnprstvwxyz]?)([aeiou]?)((?<=[aeiou])n(?![aeiou]))?', sound(name)):
        if not onset and not vowel:
            continue
        if not vowel and onset in 'hrw':
            continue  # silent
        signs = TABLE[onset or '-'][VOWELS.index(vowel + nasal)]
        if signs != '-':
            out.append(signs.split('/'))
    return out
