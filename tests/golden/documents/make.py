#!/usr/bin/env python3
"""Writes the binary and oddly encoded samples of this folder (the others are written by hand).

    tests/golden/documents/make.py        run in this folder

Every sample NAME has a NAME.expected, which is what `extract_dump NAME` prints.
"""
import base64, hashlib, os, struct, zipfile

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def zip_bytes(path, parts, encrypted=False):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as z:
        for name, text in parts:
            info = zipfile.ZipInfo(name, (2024, 1, 1, 0, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            z.writestr(info, text)
    if encrypted:  # set the "encrypted" bit in every header; the content does not matter
        data = bytearray(open(path, "rb").read())
        at = 0
        while (at := data.find(b"PK\x03\x04", at)) >= 0:
            data[at + 6] |= 1
            at += 4
        at = 0
        while (at := data.find(b"PK\x01\x02", at)) >= 0:
            data[at + 8] |= 1
            at += 4
        open(path, "wb").write(data)


def p(text, style="", num=None):
    props = ""
    if style:
        props += '<w:pStyle w:val="%s"/>' % style
    if num is not None:
        props += '<w:numPr><w:ilvl w:val="%d"/><w:numId w:val="%d"/></w:numPr>' % num
    return "<w:p><w:pPr>%s</w:pPr><w:r><w:t>%s</w:t></w:r></w:p>" % (props, text)


def row(*cells):
    return "<w:tr>" + "".join("<w:tc>%s</w:tc>" % p(c) for c in cells) + "</w:tr>"


STYLES = """<w:styles %s>
<w:style w:styleId="Titel"><w:name w:val="Title"/></w:style>
<w:style w:styleId="berschrift1"><w:name w:val="heading 1"/></w:style>
<w:style w:styleId="berschrift2"><w:name w:val="heading 2"/></w:style>
<w:style w:styleId="Mein"><w:name w:val="My heading"/><w:basedOn w:val="berschrift2"/></w:style>
</w:styles>""" % W
NUMBERING = """<w:numbering %s>
<w:abstractNum w:abstractNumId="7"><w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/></w:lvl>
<w:lvl w:ilvl="1"><w:numFmt w:val="bullet"/></w:lvl></w:abstractNum>
<w:num w:numId="3"><w:abstractNumId w:val="7"/></w:num></w:numbering>""" % W
CORE = """<cp:coreProperties xmlns:cp="c" xmlns:dc="d" xmlns:dcterms="t">
<dc:title>Ferry timetable</dc:title><dc:creator>Ann Li</dc:creator>
<dcterms:created>2024-02-03T08:00:00Z</dcterms:created></cp:coreProperties>"""
DOCUMENT = "<w:document %s><w:body>" % W + "".join([
    p("Ferry timetable", "Titel"), p("Summer", "berschrift1"),
    p("Boats leave the north pier every day. Dogs travel free &amp; bicycles cost two crowns."),
    p("渡轮每天从北码头出发。", ""),
    p("Buying a ticket", "Mein"), p("go to the counter", "", (0, 3)), p("cash only", "", (1, 3)),
    p("ask for a day ticket", "", (0, 3)),
    '<w:p><w:r><w:t>Kept</w:t></w:r><w:del><w:r><w:delText>gone</w:delText></w:r></w:del>'
    '<w:r><w:rPr><w:vanish/></w:rPr><w:t>hidden</w:t></w:r><w:r><w:tab/><w:t>text.</w:t></w:r></w:p>',
    '<w:tbl><w:tblPr><w:tblLook w:firstRow="1"/></w:tblPr>', row("Boat", "Leaves", "Price"),
    row("Heron", "8:15", "12"), row("Otter", "9:40", "14"), "</w:tbl>", p("End.")]) + "</w:body></w:document>"


def docx(path, document=DOCUMENT, encrypted=False):
    zip_bytes(path, [("[Content_Types].xml", "<Types/>"), ("word/document.xml", document),
                     ("word/styles.xml", STYLES), ("word/numbering.xml", NUMBERING),
                     ("docProps/core.xml", CORE)], encrypted)


# ---- spreadsheets, slides, OpenDocument, books ----

def rels(*items):
    return "<Relationships>" + "".join('<Relationship Id="%s" Type="http://x/%s" Target="%s"/>' % i
                                       for i in items) + "</Relationships>"


def xlsx(path):
    strings = ["Boat", "Built", "Crew", "Price", "Share", "Heron", "海鸥"]
    shared = "<sst>" + "".join("<si><t>%s</t></si>" % s for s in strings[:6]) + \
        "<si><r><t>海</t></r><r><t>鸥</t></r><rPh><t>hai</t></rPh></si></sst>"
    styles = """<styleSheet><numFmts><numFmt numFmtId="164" formatCode="#,##0.00\\ &quot;€&quot;"/>
<numFmt numFmtId="165" formatCode="[h]:mm"/></numFmts><cellStyleXfs><xf numFmtId="14"/></cellStyleXfs>
<cellXfs><xf numFmtId="0"/><xf numFmtId="14"/><xf numFmtId="164"/><xf numFmtId="10"/><xf numFmtId="165"/><xf numFmtId="22"/></cellXfs>
</styleSheet>"""
    head = "".join('<c r="%s3" t="s"><v>%d</v></c>' % ("BCDEF"[i], i) for i in range(5))
    boats = """<worksheet><sheetData><row r="1"><c r="B1" t="inlineStr"><is><t>The harbour's boats</t></is></c></row>
<row r="3">%s</row>
<row r="4"><c r="B4" t="s"><v>5</v></c><c r="C4" s="1"><v>36526</v></c><c r="D4"><v>4</v></c><c r="E4" s="2"><v>990.9</v></c><c r="F4" s="3"><v>0.125</v></c></row>
<row r="5" hidden="1"><c r="B5" t="s"><v>6</v></c><c r="C5" s="1"><v>45351</v></c><c r="E5" s="2"><v>0.30000000000000004</v></c><c r="F5" t="e"><v>#N/A</v></c></row>
<row r="7"><c r="B7" t="str"><f>A1</f><v>Sum &amp; more</v></c><c r="E7"><f>SUM(E4:E5)</f></c></row>
<row r="9"><c r="B9" t="b"><v>1</v></c><c r="C9" s="4"><v>1.0625</v></c><c r="D9" s="5"><v>45351.75</v></c><c r="E9"><v>1E+20</v></c></row>
</sheetData></worksheet>""" % head
    years = """<worksheet><sheetData><row><c t="inlineStr"><is><t>Item</t></is></c><c><v>2023</v></c><c><v>2024</v></c></row>
<row><c t="inlineStr"><is><t>Rope</t></is></c><c><v>1200</v></c><c><v>1350</v></c></row></sheetData></worksheet>"""
    book = """<workbook xmlns:r="r"><workbookPr/><sheets><sheet name="Boats" sheetId="1" r:id="rId7"/>
<sheet name="Secret" sheetId="2" state="hidden" r:id="rId8"/><sheet name="Costs" sheetId="3" r:id="rId9"/></sheets></workbook>"""
    zip_bytes(path, [("xl/workbook.xml", book), ("docProps/core.xml", CORE), ("xl/styles.xml", styles),
                     ("xl/_rels/workbook.xml.rels", rels(("rId7", "worksheet", "worksheets/a.xml"),
                      ("rId8", "worksheet", "worksheets/b.xml"), ("rId9", "worksheet", "/xl/worksheets/c.xml"))),
                     ("xl/worksheets/a.xml", boats), ("xl/worksheets/b.xml", years.replace("Rope", "hidden")),
                     ("xl/worksheets/c.xml", years), ("xl/sharedStrings.xml", shared)])


def shape(kind, *paragraphs):
    ph = '<p:nvPr><p:ph type="%s"/></p:nvPr>' % kind if kind else "<p:nvPr/>"
    return "<p:sp>%s<p:txBody>%s</p:txBody></p:sp>" % (ph, "".join(
        '<a:p><a:pPr lvl="%d"/><a:r><a:t>%s</a:t></a:r></a:p>' % (n, t) for n, t in paragraphs))


def pptx(path):
    cell = "<a:tc><a:txBody><a:p><a:r><a:t>%s</a:t></a:r></a:p></a:txBody></a:tc>"
    table = '<p:graphicFrame><a:tbl><a:tblPr firstRow="1"/>' + "".join(
        "<a:tr>" + "".join(cell % t for t in r) + "</a:tr>" for r in (("Pier", "Boats"), ("North", "3"))) + "</a:tbl></p:graphicFrame>"
    one = "<p:sld>" + shape("ctrTitle", (0, "Harbour plan")) + shape("subTitle", (0, "Spring")) + shape("sldNum", (0, "1")) + "</p:sld>"
    two = "<p:sld>" + shape("title", (0, "Works")) + shape("body", (0, "New crane"), (1, "in May")) + \
        shape("", (0, "A box of text")) + table + "</p:sld>"
    notes = "<p:notes>" + shape("sldImg") + shape("body", (0, "Say that it is not final.")) + "</p:notes>"
    show = '<p:presentation xmlns:r="r"><p:sldIdLst><p:sldId id="256" r:id="rId2"/><p:sldId id="257" r:id="rId1"/></p:sldIdLst></p:presentation>'
    zip_bytes(path, [("ppt/presentation.xml", show), ("docProps/core.xml", CORE.replace("Ferry timetable", "Plan")),
                     ("ppt/_rels/presentation.xml.rels", rels(("rId1", "slide", "slides/slide1.xml"), ("rId2", "slide", "slides/slide2.xml"))),
                     ("ppt/slides/slide1.xml", two), ("ppt/slides/slide2.xml", one), ("ppt/notesSlides/n.xml", notes),
                     ("ppt/slides/_rels/slide1.xml.rels", rels(("rId1", "notesSlide", "../notesSlides/n.xml")))])


META = """<office:document-meta><office:meta><dc:title>House rules</dc:title>
<meta:initial-creator>Kim</meta:initial-creator><dc:creator>Ann Li</dc:creator><meta:creation-date>2023-01-01T00:00:00</meta:creation-date>
<dc:date>2024-02-03T08:00:00</dc:date></office:meta></office:document-meta>"""


def odf(path, kind, body, manifest="<manifest/>", styles=""):
    names = ["office", "text", "table", "draw", "presentation", "dc", "meta", "svg"] + (["style"] if styles else [])
    xmlns = " ".join('xmlns:%s="%s"' % (n, n) for n in names)
    content = "<office:document-content %s>%s<office:body>%s</office:body></office:document-content>" % (xmlns, styles, body)
    meta = META.replace("<office:document-meta>", "<office:document-meta %s>" % xmlns)
    zip_bytes(path, [("mimetype", "application/vnd.oasis.opendocument." + kind), ("content.xml", content),
                     ("meta.xml", meta), ("META-INF/manifest.xml", manifest)])


ODT = """<office:text><text:tracked-changes><text:p>deleted</text:p></text:tracked-changes>
<text:h text:outline-level="2">Rules of the house</text:h>
<text:p>Quiet hours begin<text:s/>at 22<text:note><text:note-citation>1</text:note-citation><text:note-body><text:p>Ten in the evening.</text:p></text:note-body></text:note> and end at 6.<office:annotation><text:p>a comment</text:p></office:annotation></text:p>
<text:list><text:list-item><text:p>Bicycles belong in the cellar.</text:p><text:list><text:list-item><text:p>Locked.</text:p></text:list-item></text:list></text:list-item></text:list>
<table:table><table:table-header-rows><table:table-row><table:table-cell><text:p>Floor</text:p></table:table-cell><table:table-cell><text:p>Name</text:p></table:table-cell></table:table-row></table:table-header-rows>
<table:table-row><table:table-cell><text:p>3</text:p></table:table-cell><table:table-cell><text:p>Li</text:p><text:p>Wei</text:p></table:table-cell></table:table-row></table:table></office:text>"""
ODS = """<office:spreadsheet><table:table table:name="Members"><table:table-row><table:table-cell><text:p>Name</text:p></table:table-cell><table:table-cell><text:p>Fee</text:p></table:table-cell></table:table-row>
<table:table-row><table:table-cell><text:p>Karl</text:p></table:table-cell><table:table-cell office:value-type="currency" table:number-columns-repeated="2"><text:p>60 €</text:p></table:table-cell><table:table-cell table:number-columns-repeated="16000"/></table:table-row>
<table:table-row table:number-rows-repeated="1000000"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>
<table:table-row><table:table-cell/><table:table-cell office:value-type="float"><text:p>7</text:p></table:table-cell><table:table-cell office:value-type="float"><text:p>8</text:p></table:table-cell></table:table-row></table:table>
<table:table table:name="Old" table:style-name="ta2"><table:table-row><table:table-cell><text:p>Left in 2019</text:p></table:table-cell></table:table-row></table:table></office:spreadsheet>"""
ODS_STYLES = """<office:automatic-styles><style:style style:name="ta1" style:family="table"><style:table-properties table:display="true"/></style:style>
<style:style style:name="ta2" style:family="table"><style:table-properties table:display="false"/></style:style></office:automatic-styles>"""
ODP = """<office:presentation><draw:page><draw:frame presentation:class="title"><draw:text-box><text:p>Tides</text:p></draw:text-box></draw:frame>
<draw:frame presentation:class="outline"><draw:text-box><text:list><text:list-item><text:p>High at noon</text:p></text:list-item></text:list></draw:text-box></draw:frame>
<draw:frame presentation:class="page-number"><draw:text-box><text:p>1</text:p></draw:text-box></draw:frame></draw:page>
<draw:page><draw:frame><draw:text-box><text:p>Second page</text:p></draw:text-box></draw:frame></draw:page></office:presentation>"""


def epub(path):
    opf = """<package><metadata><dc:title xmlns:dc="d">The Keeper</dc:title><dc:creator xmlns:dc="d">M. Ferris</dc:creator><dc:date xmlns:dc="d">1999-05-04</dc:date></metadata>
<manifest><item id="b" href="two%20a.xhtml" media-type="application/xhtml+xml"/><item id="a" href="text/one.xhtml#x" media-type="application/xhtml+xml"/></manifest>
<spine><itemref idref="a"/><itemref idref="b"/><itemref idref="a"/></spine></package>"""
    page = "<?xml version='1.0'?><!DOCTYPE html><html><head><title>x</title></head><body>%s</body></html>"
    zip_bytes(path, [("mimetype", "application/epub+zip"), ("META-INF/container.xml", '<container><rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles></container>'),
                     ("OEBPS/book.opf", opf), ("OEBPS/two a.xhtml", page % "<h1>The Storm</h1><p>On the ninth night the lamp went out.</p>"),
                     ("OEBPS/text/one.xhtml", page % "<h1>Arrival</h1><p>Holt came to the rock with two goats.</p>"),
                     ("OEBPS/loose.xhtml", page % "<p>not in the spine</p>")])


# ---- PDF ----

def rc4(key, data):
    s, j = list(range(256)), 0
    for i in range(256):
        j = (j + s[i] + key[i % len(key)]) & 255
        s[i], s[j] = s[j], s[i]
    out, i, j = bytearray(), 0, 0
    for b in data:
        i = (i + 1) & 255
        j = (j + s[i]) & 255
        s[i], s[j] = s[j], s[i]
        out.append(b ^ s[(s[i] + s[j]) & 255])
    return bytes(out)


PAD = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")


def pdf(path, pages, title=None, password=None):
    """pages: list of content streams (bytes). F1 Helvetica, F2 Helvetica-Bold, F3 Chinese by CMap."""
    objects = ["<</Type/Catalog/Pages 2 0 R>>"]
    kids = " ".join("%d 0 R" % (10 + 2 * i) for i in range(len(pages)))
    objects.append("<</Type/Pages/Kids[%s]/Count %d>>" % (kids, len(pages)))
    objects.append("<</Type/Font/Subtype/Type1/BaseFont/Helvetica/Encoding/WinAnsiEncoding>>")
    objects.append("<</Type/Font/Subtype/Type1/BaseFont/Helvetica-Bold/Encoding/WinAnsiEncoding>>")
    objects.append("<</Type/Font/Subtype/Type0/BaseFont/STSong-Light/Encoding/GBK-EUC-H/DescendantFonts[6 0 R]>>")
    objects.append("<</Type/Font/Subtype/CIDFontType0/BaseFont/STSong-Light/CIDSystemInfo<</Registry(Adobe)"
                   "/Ordering(GB1)/Supplement 2>>/FontDescriptor 7 0 R/DW 1000>>")
    objects.append("<</Type/FontDescriptor/FontName/STSong-Light/Flags 6/FontBBox[-25 -254 1000 880]/ItalicAngle 0"
                   "/Ascent 880/Descent -120/CapHeight 880/StemV 93>>")
    objects.append("<</Title(%s)/Author(Ann Li)/CreationDate(D:20240203080000Z)>>" % (title or ""))
    objects.append("<<>>")
    file_id = hashlib.md5(path.encode()).digest()
    key = None
    if password is not None:
        pw = (password.encode() + PAD)[:32]
        o = rc4(hashlib.md5(pw).digest()[:5], pw)
        key = hashlib.md5(pw + o + struct.pack("<i", -4) + file_id).digest()[:5]
        u = rc4(key, PAD)
        objects[8] = "<</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>>" % (o.hex(), u.hex())
        objects[7] = "<<>>"
    for i, content in enumerate(pages):
        number = 11 + 2 * i
        if key:
            content = rc4(hashlib.md5(key + struct.pack("<I", number)[:3] + b"\0\0").digest()[:10], content)
        objects.append("<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]/Resources<</Font<</F1 3 0 R/F2 4 0 R"
                       "/F3 5 0 R>>>>/Contents %d 0 R>>" % number)
        objects.append(b"<</Length %d>>stream\n" % len(content) + content + b"\nendstream")
    out, offsets = bytearray(b"%PDF-1.4\n"), []
    for i, body in enumerate(objects):
        offsets.append(len(out))
        body = body if isinstance(body, bytes) else body.encode("latin-1")
        out += b"%d 0 obj\n" % (i + 1) + body + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    for offset in offsets:
        out += b"%010d 00000 n \n" % offset
    out += b"trailer<</Size %d/Root 1 0 R/Info 8 0 R/ID[<%s><%s>]%s>>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1, file_id.hex().encode(), file_id.hex().encode(),
        b"/Encrypt 9 0 R" if key else b"", start)
    open(path, "wb").write(out)


def at(x, y, size, text, font="F1"):
    if font == "F3":
        shown = "<%s>" % text.encode("gbk").hex()
    else:
        shown = "(%s)" % text.replace("(", "\\(").replace(")", "\\)")
    return ("BT /%s %g Tf %g %g Td %s Tj ET\n" % (font, size, x, y, shown)).encode("latin-1")


def column(x, y, lines, size=10):
    return b"".join(at(x, y - i * 13, size, line) for i, line in enumerate(lines))


PAGE1 = (at(60, 800, 8, "Harbour Office Report") + at(60, 740, 22, "Harbour report 2024", "F2")
         + column(60, 700, ["The harbour served 1,204 ships in the year 2024, which is 12 more than in the year be-",
                            "fore. Most of them came from the north. The pier was closed for nine days in win-",
                            "ter because of ice."])
         + at(60, 640, 14, "1 Income", "F2")
         + column(60, 615, ["Fees brought in 3.2 million crowns. The table shows them by quarter."])
         + b"".join(at(60 + 110 * c, 585 - 14 * r, 10, t) for r, line in enumerate(
             [("Quarter", "Ships", "Fees"), ("Q1", "214", "0.6"), ("Q2", "371", "1.0"), ("Q3", "398", "1.1"),
              ("Q4", "221", "0.5")]) for c, t in enumerate(line))
         + at(295, 30, 8, "1"))
LEFT = ["On the left side of the page", "stands the first column. It is", "read from top to bottom before",
        "the second one begins, as any", "reader of a newspaper would do."]
RIGHT = ["The right side holds the second", "column. Its lines stand beside", "those of the first, yet they",
         "are another paragraph about", "fishing boats and their nets."]
PAGE2 = (at(60, 800, 8, "Harbour Office Report") + at(60, 760, 14, "2 Outlook", "F2")
         + column(60, 735, LEFT) + column(320, 735, RIGHT)
         + at(60, 640, 10, "\x95 new crane for the west pier") + at(60, 626, 10, "\x95 deeper channel")
         + at(295, 30, 8, "2"))
PAGE3 = (at(60, 800, 8, "Harbour Office Report") + at(60, 760, 12, "港口在二零二四年接待了一千二百零四艘船，", "F3")
         + at(60, 742, 12, "比上一年多十二艘。", "F3") + at(295, 30, 8, "3"))


def mail_of(path, subject, files):
    text = "From: Ann Li <ann@example.org>\nTo: harbour@example.org\nDate: Fri, 01 Mar 2024 10:00:00 +0100\nSubject: %s\n" % subject
    text += 'MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n\n--b\n\nSee the files.\n'
    for name in files:
        text += '--b\nContent-Type: application/octet-stream\nContent-Disposition: attachment; filename="%s"\n' % name
        text += "Content-Transfer-Encoding: base64\n\n" + base64.encodebytes(open(name, "rb").read()).decode()
    open(path, "w").write(text + "--b--\n")


def cfb(path, tree):
    """A compound file of version 3 from {name: bytes or such a dictionary}: [MS-CFB]."""
    entries, mini, big = [["Root Entry", 5, -1, -1, 0, 0]], bytearray(), []

    def put(folder):
        before = -1
        for name, what in folder.items():
            at = len(entries)
            entries.append([name, 2 if isinstance(what, bytes) else 1, before, -1, -2, 0])
            before = at
            if not isinstance(what, bytes):
                entries[at][3] = put(what)
            elif len(what) < 4096:
                entries[at][4:] = [len(mini) // 64, len(what)]
                mini.extend(what + bytes(-len(what) % 64))
            else:
                entries[at][4:] = [-1, len(what)]
                big.append((at, what))
        return before

    entries[0][3] = put(tree)
    pieces, fat = [], []

    def chain(data):
        first, n = len(fat), -(-len(data) // 512)
        fat.extend(first + i + 1 for i in range(n - 1))
        fat.append(0xFFFFFFFE)
        pieces.append(data + bytes(-len(data) % 512))
        return first

    for at, data in big:
        entries[at][4] = chain(data)
    chains, at = {e[4]: -(-e[5] // 64) for e in entries if e[1] == 2 and 0 < e[5] < 4096}, 0
    table = b"".join(struct.pack("<I", first + i + 1 if i + 1 < n else 0xFFFFFFFE) for first, n in sorted(chains.items()) for i in range(n))
    entries[0][4:] = [chain(bytes(mini)) if mini else -2, len(mini)]
    mini_fat = chain(table) if table else -2
    directory = b""
    for name, kind, left, child, first, size in entries:
        wide = name.encode("utf-16-le") + b"\0\0"
        directory += wide + bytes(64 - len(wide)) + struct.pack("<HBBiii", len(wide), kind, 1, left, -1, child) + bytes(36)
        directory += struct.pack("<iQ", first, size)
    root = chain(directory)
    own = len(fat)
    n_fat = -(-(own + 1) // 128)
    fat += [0xFFFFFFFD] * n_fat
    fat += [0xFFFFFFFF] * (-len(fat) % 128)
    head = b"\xD0\xCF\x11\xE0\xA1\xB1\x1A\xE1" + bytes(16) + struct.pack("<HHHHH6xIIiIIiIiI", 0x3E, 3, 0xFFFE, 9, 6, 0, n_fat, root, 0, 4096,
                                                                             mini_fat, 1 if table else 0, -2, 0)
    head += b"".join(struct.pack("<I", own + i if i < n_fat else 0xFFFFFFFF) for i in range(109))
    open(path, "wb").write(head + b"".join(pieces) + struct.pack("<%dI" % len(fat), *fat))


def page_of_properties(runs, wide):
    """512 bytes: offsets, places, and the properties from the end on. runs: (offset, grpprl or None); the last has none."""
    n = len(runs) - 1
    page, at, places = bytearray(512), 511, b""
    for _, grpprl in runs[:-1]:
        if grpprl is None:
            places += bytes(13 if wide else 1)
            continue
        if wide and len(grpprl) % 2 == 0:
            body = bytes([0, len(grpprl) // 2]) + grpprl
        else:
            body = bytes([(len(grpprl) + 1) // 2 if wide else len(grpprl)]) + grpprl
        at = (at - len(body)) & ~1
        page[at:at + len(body)] = body
        places += bytes([at // 2]) + (bytes(12) if wide else b"")
    head = struct.pack("<%dI" % (n + 1), *(offset for offset, _ in runs)) + places
    assert len(head) < at
    page[:len(head)] = head
    page[511] = n
    return bytes(page)


def doc97(path):
    """[MS-DOC]: text in a piece of bytes and one of UTF-16, a heading, a field, deleted words, a list, a table, a footnote."""
    style, row, cell = b"\1\0", b"\0\0\x16\x24\1\x17\x24\1\x04\x34\1", b"\0\0\x16\x24\1"
    paragraphs = [("Mietvertrag\r", style), ("The rent is 940 \u20ac, see \x13HYPERLINK x\x14the page\x15.\r", b"\0\0"), ("never said \r", b"\0\0"),
                  ("First item\r", b"\0\0\x0b\x46\1\0"), ("Room\x07", cell), ("Key\x07", cell), ("\x07", row)]
    narrow = "".join(text for text, _ in paragraphs).encode("cp1252")
    wide_paragraphs = [("\u4e2d\u6587 \U0001F600\x0b\u672b\r", b"\0\0"), ("By transfer.\r", b"\0\0")]
    wide = "".join(text for text, _ in wide_paragraphs).encode("utf-16-le")
    start, runs = 1024, []
    at = start
    for text, properties in paragraphs:
        runs.append((at, properties))
        at += len(text)
    wide_at = at = start + len(narrow) + len(narrow) % 2
    for text, properties in wide_paragraphs:
        runs.append((at, properties))
        at += 2 * len(text.encode("utf-16-le")) // 2
    runs.append((at, None))
    gone = start + narrow.index(b"never")
    body = narrow + bytes(len(narrow) % 2) + wide
    stream = bytearray(start) + body + bytes(-len(body) % 512)
    papx, chpx = len(stream) // 512, len(stream) // 512 + 1
    stream += page_of_properties(runs, True)
    stream += page_of_properties([(start, None), (gone, b"\0\x08\x81"), (gone + 11, None), (at, None)], False)
    n, m = len(narrow), len(wide) // 2
    foot = len(wide_paragraphs[1][0])
    table, pairs = bytearray(8), {}

    def put(fib, data):
        pairs[fib] = (len(table), len(data))
        table.extend(data)

    put(0xA2, struct.pack("<HHH", 4, 2, 10) + struct.pack("<HHHHHH", 10, 0, 0, 0, 0, 0) + struct.pack("<HHHHHH", 10, 1, 0, 0, 0, 0))
    put(0x102, struct.pack("<III", start, at, papx))
    put(0xFA, struct.pack("<III", start, at, chpx))
    pieces = struct.pack("<III", 0, n, n + m) + struct.pack("<HIH", 0, 0x40000000 | start * 2, 0) + struct.pack("<HIH", 0, wide_at, 0)
    put(0x1A2, b"\1\2\0xx\2" + struct.pack("<I", len(pieces)) + pieces)
    struct.pack_into("<HH", stream, 0, 0xA5EC, 0xC1)
    struct.pack_into("<H", stream, 10, 0x0200)
    struct.pack_into("<II", stream, 0x4C, n + m - foot, foot)
    for fib, (offset, size) in pairs.items():
        struct.pack_into("<II", stream, fib, offset, size)
    props = [(1, struct.pack("<Ihh", 2, 1252, 0)), (2, struct.pack("<II", 0x1E, 8) + b"B\xfcchel\0\0"), (4, struct.pack("<II", 0x1F, 7) + "Ann Li\0\0".encode("utf-16-le")),
             (13, struct.pack("<IQ", 0x40, 133514640000000000))]
    values, listing = b"", b""
    for number, value in props:
        listing += struct.pack("<II", number, 8 + 8 * len(props) + len(values))
        values += value
    summary = struct.pack("<HHI16xI16xI", 0xFFFE, 0, 0, 1, 48) + struct.pack("<II", 8 + len(listing) + len(values), len(props)) + listing + values
    cfb(path, {"WordDocument": bytes(stream), "1Table": bytes(table), "\5SummaryInformation": summary})


def xls(path):
    """[MS-XLS], BIFF8: shared strings cut by CONTINUE, days, units, RK numbers, formulas, rows out of order, a chart, a hidden sheet."""
    record = lambda kind, data=b"": struct.pack("<HH", kind, len(data)) + data
    bof = lambda kind: record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0, 0, 0, 0x0600))
    narrow = lambda text: struct.pack("<HB", len(text), 0) + text.encode("latin-1")
    wide = lambda text: struct.pack("<HB", len(text.encode("utf-16-le")) // 2, 1) + text.encode("utf-16-le")
    eof = record(0x000A)

    words = [narrow("Boat"), narrow("Built"), narrow("Fee"), wide("\u6d77\u9e25 \U0001F6A2"), narrow("M\xf6we"), narrow("Days at sea")]
    rich = struct.pack("<HBHI", 5, 0x0C, 1, 6) + b"Terns" + struct.pack("<HH", 0, 1) + b"spoken"
    first = b"".join(words) + rich[:4] + rich[4:9] + b"Te"  # cut inside "Terns": the rest says its width again
    rest = b"\1" + "rns".encode("utf-16-le") + rich[-10:-3]  # and inside what hangs on it
    sst = record(0x00FC, struct.pack("<II", 9, 7) + first) + record(0x003C, rest) + record(0x003C, rich[-3:])

    def cell(kind, row, column, style, data):
        return record(kind, struct.pack("<HHH", row, column, style) + data)

    word = lambda row, column, i: cell(0x00FD, row, column, 0, struct.pack("<I", i))
    rk = lambda number, percent=0: struct.pack("<i", number << 2 | 2 | percent)
    fees = bof(0x0010) + word(1, 0, 0) + word(1, 1, 1) + word(1, 2, 2) + word(1, 3, 5)
    fees += word(3, 0, 4) + cell(0x027E, 3, 1, 1, rk(45352)) + cell(0x00BD, 3, 2, 2, rk(99050, 1) + struct.pack("<H", 0) + rk(12) + struct.pack("<H", 3))
    fees += word(2, 0, 3) + cell(0x0203, 2, 1, 1, struct.pack("<d", 36526)) + cell(0x0006, 2, 2, 2, struct.pack("<dHIH", 0.1 + 0.2, 0, 0, 0))
    fees += cell(0x0006, 4, 0, 0, struct.pack("<BBBBHHHIH", 0, 0, 0, 0, 0, 0xFFFF, 0, 0, 0)) + record(0x0207, narrow("all of them"))
    fees += cell(0x0006, 4, 2, 0, struct.pack("<BBBBHHHIH", 2, 0, 7, 0, 0, 0xFFFF, 0, 0, 0)) + cell(0x0205, 4, 3, 0, b"\1\0")
    fees += bof(0x0020) + word(9, 0, 1) + eof + cell(0x0204, 6, 0, 0, narrow("A note alone")) + word(7, 1, 6) + eof
    notes = bof(0x0010) + cell(0x0204, 0, 0, 0, narrow("Kept by Ann")) + eof

    def globals_with(a, b, c):
        sheet = lambda at, state, kind, name: record(0x0085, struct.pack("<IBBBB", at, state, kind, len(name), 0) + name)
        out = bof(0x0005) + record(0x0022, b"\0\0") + record(0x041E, struct.pack("<H", 164) + wide('#,##0.00\\ "\u20ac"'))
        for format_id in (0, 14, 164):
            out += record(0x00E0, struct.pack("<HH", 0, format_id) + bytes(16))
        return out + sheet(a, 0, 0, b"Fees") + sheet(c, 0, 2, b"Chart") + sheet(b, 1, 0, b"Notes") + sst + eof

    n = len(globals_with(0, 0, 0))
    book = globals_with(n, n + len(fees), n + len(fees) + len(notes)) + fees + notes + bof(0x0020) + eof
    cfb(path, {"Workbook": book + bytes(max(0, 4096 - len(book)))})


def ppt(path):
    """[MS-PPT]: two edits of which the second replaces a slide, texts in the list and in shapes, a footer, notes."""
    def record(kind, data=b"", instance=0, version=0):
        return struct.pack("<HHI", instance << 4 | version, kind, len(data)) + data

    box = lambda kind, *parts, **more: record(kind, b"".join(parts), version=15, **more)
    typed = lambda kind, text: record(0x0F9F, struct.pack("<I", kind)) + record(0x0FA0, text.encode("utf-16-le"))
    narrow = lambda kind, text: record(0x0F9F, struct.pack("<I", kind)) + record(0x0FA8, text.encode("latin-1"))
    place = lambda number, slide: record(0x03F3, struct.pack("<IIiII", number, 0, 1, slide, 0))
    margin = lambda number: box(0xF011, record(0x0BC3, struct.pack("<iBBH", -1, number, 0, 0)))
    shape = lambda *parts: box(0xF004, record(0xF00A, bytes(8)), *parts)
    drawing = lambda *shapes: box(0x040C, box(0xF002, box(0xF003, *shapes)))
    slide = lambda notes, *shapes: box(0x03EE, record(0x03EF, struct.pack("<I8xIIHH", 0, 0, notes, 0, 0)), drawing(*shapes))

    def edit(stream, last, places, document):
        directory = len(stream)
        numbers = b"".join(struct.pack("<II", number | 1 << 20, offset) for number, offset in places)
        stream += record(0x1772, numbers)
        at = len(stream)
        stream += record(0x0FF5, struct.pack("<IHBBIIIIHH", 256, 0, 0, 3, last, directory, document, 9, 1, 0))
        return at

    texts = [place(2, 256), narrow(0, "Costs"), narrow(1, "rent\rheating \xa320"), place(3, 257), typed(6, "\u6f6e\u6c50\vtable \U0001F6A2")]
    stream = bytearray(box(0x03E8, box(0x0FF0, *texts), box(0x0FF0, place(4, 512), instance=2)))
    places = [(1, 0), (2, len(stream))]
    stream += slide(0, shape(box(0xF00D, narrow(4, "as of May"))))
    places.append((3, len(stream)))
    stream += slide(0, shape(margin(9), box(0xF00D, narrow(4, "a footer"))), box(0xF003, shape(box(0xF00D, narrow(4, "High | 09:14")))))
    first = edit(stream, 0, places, 1)
    newer = [(2, len(stream))]
    stream += slide(512, shape(box(0xF00D, narrow(4, "as of June"))))
    newer.append((4, len(stream)))
    stream += box(0x03F0, record(0x03F1, struct.pack("<III", 256, 0, 0)), drawing(shape(box(0xF00D, narrow(2, "Thank the harbour master.")))))
    last = edit(stream, first, newer, 1)
    cfb(path, {"Current User": record(0x0FF6, struct.pack("<IIIHHBBH", 20, 0xE391C05F, last, 0, 1012, 3, 0, 0)), "PowerPoint Document": bytes(stream)})


def msg(path):
    """[MS-OXMSG]: a message with HTML, a letter and a PDF attached, and a message in it whose text is compressed RTF."""
    wide = lambda text: text.encode("utf-16-le")
    numbers = lambda head, *rows: bytes(head) + b"".join(struct.pack("<IIQ", tag, 0, value) for tag, value in rows)
    person = lambda name, address, kind: {"__properties_version1.0": numbers(8, (0x0C150003, kind)), "__substg1.0_3001001F": wide(name),
                                          "__substg1.0_39FE001F": wide(address)}
    rtf = b"{\\rtf1\\ansi Sail at noon.\\par}"
    window = b"{\\rtf1\\ansi"  # the window begins with it: one reference of 11 bytes, then letters
    assert rtf.startswith(window)
    packed = bytearray([1]) + struct.pack(">H", 0 << 4 | (len(window) - 2))
    rest = rtf[len(window):]
    packed += rest[:7]
    for i in range(7, len(rest), 8):
        packed += b"\0" + rest[i:i + 8]
    body = struct.pack("<IIII", len(packed) + 12, len(rtf), 0x75465A4C, 0) + bytes(packed)
    inner = {"__properties_version1.0": numbers(24, (0x00390040, 133514640000000000)), "__substg1.0_0037001E": b"Noon", "__substg1.0_0C1A001E": b"Gr\xfcn",
             "__substg1.0_10090102": body}
    attach = lambda name, data: {"__properties_version1.0": bytes(8), "__substg1.0_3707001F": wide(name), "__substg1.0_37010102": data}
    cfb(path, {"__properties_version1.0": numbers(32, (0x3FFD0003, 1252), (0x3FDE0003, 1252)), "__substg1.0_0037001F": wide("Berths \u6cca\u4f4d"),
               "__substg1.0_0C1A001F": wide("Ann Li"), "__substg1.0_5D01001F": wide("ann@example.org"),
               "__substg1.0_007D001F": wide("Received: x\r\nDate: Fri, 01 Mar 2024 10:00:00 +0100\r\nX: y\r\n"),
               "__substg1.0_10130102": "<html><body><p>The caf\xe9 opens in May.</p></body></html>".encode("cp1252"),
               "__recip_version1.0_#00000000": person("Harbour", "harbour@example.org", 1), "__recip_version1.0_#00000001": person("Li Wei", "wei@example.org", 2),
               "__attach_version1.0_#00000000": attach("lease.rtf", open("lease.rtf", "rb").read()),
               "__attach_version1.0_#00000001": attach("short.pdf", open("short.pdf", "rb").read()),
               "__attach_version1.0_#00000002": {"__properties_version1.0": bytes(8), "__substg1.0_3001001F": wide("Noon"), "__substg1.0_3701000D": inner}})


RTF = r"""{\rtf1\ansi\ansicpg1252\deff0\uc1{\fonttbl{\f0\fnil Times;}{\f1\fcharset134 SimSun;}{\f2\fcharset204 Arial Cyr;}}
{\colortbl;\red0\green0\blue0;}{\stylesheet{\s1 heading 1;}}
{\info{\title The lease of B\'fcchel}{\author Ann Li}{\creatim\yr2024\mo2\dy3\hr9}{\company none of it}}
{\header\pard Page heading\par}
\pard\outlinelevel0 Mietvertrag\par
\pard The rent is 940\~\u8364?, paid to Frau B\'fcchel\line in advance.{\v hidden words}{\footnote\pard\plain By transfer.} It {\*\unknown skipped }ends in {\field{\*\fldinst HYPERLINK "x"}{\fldrslt June}}.\par
{\f1 \'d6\'d0\'ce\'c4}{\f2  \'cf\'f0\'e8\'e2\'e5\'f2} \u-10179?\u-8704?\par
{\listtext\'B7\tab}First \bin5 {}}}}item\par
{\listtext 2.\tab}Second\par
\trowd\trhdr\cellx1\cellx2\pard\intbl Room\cell Key\cell\row
\trowd\cellx1\cellx2\pard\intbl Cellar\par (left)\cell\cell\row
\trowd\cellx1\cellx2\pard\intbl\cell\cell\row
\pard{\pict\wmetafile8 010203}{\*\htmltag64 <p>}\{done\}\'zz
}}} behind the end"""


def main():
    open("picture.png", "wb").write(b"\x89PNG\r\n\x1a\n" + bytes(64))
    open("lease.rtf", "w").write(RTF)
    pdf("short.pdf", [at(60, 740, 22, "Berth plan", "F2") + column(60, 700, ["The Heron lies at berth four until 9 May 2024."])], "Plan")
    docx("ferry.docx")
    docx("locked.docx", encrypted=True)
    docx("entities.docx", '<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;">]>'
         + DOCUMENT)
    xlsx("boats.xlsx")
    pptx("slides.pptx")
    odf("rules.odt", "text", ODT)
    odf("members.ods", "spreadsheet", ODS, styles=ODS_STYLES)
    odf("tides.odp", "presentation", ODP)
    odf("locked.odt", "text", "noise", '<manifest><file-entry><encryption-data/></file-entry></manifest>')
    epub("keeper.epub")
    zip_bytes("sheet.xlsb", [("[Content_Types].xml", "<Types/>"), ("xl/workbook.bin", "x")])
    zip_bytes("plain.zip", [("a/readme.txt", "hello")])
    pdf("harbour.pdf", [PAGE1, PAGE2, PAGE3], "Harbour report")
    pdf("locked.pdf", [PAGE1], password="secret")
    pdf("scanned.pdf", [b"0 0 1 rg 60 60 300 300 re f\n"])
    mail_of("files.eml", "Berths", ["short.pdf", "locked.pdf", "scanned.pdf", "lease.rtf", "picture.png"])
    doc97("lease.doc")
    xls("boats.xls")
    ppt("tides.ppt")
    msg("berths.msg")
    os.remove("short.pdf")
    harbour = open("harbour.pdf", "rb").read()
    open("cut.pdf", "wb").write(harbour[:300])
    chinese = "港口日志\n\n第一章 冬季\n\n一月的第一个星期，港口结冰，船只停运九天。\n二月十四日，拖船“海燕”号重新开航。\n"
    open("log-gb18030.txt", "wb").write(chinese.encode("gb18030"))
    open("log-utf16.txt", "wb").write(chinese.encode("utf-16"))
    open("log-utf16be-nomark.txt", "wb").write(chinese.encode("utf-16-be"))
    taiwan = "港口日誌\n\n一月的第一個星期，港口結冰，船隻停運九天。\n二月十四日，拖船「海燕」號重新開航，旅客都很高興。\n"
    open("log-big5.txt", "wb").write(taiwan.encode("big5"))
    open("cafe-latin1.txt", "wb").write("Le café près de la gare ouvre à huit heures.\nLa crème brûlée coûte 4 €.\n"
                                        .encode("cp1252"))
    open("escape.txt", "wb").write(b"A title\x1b]0;owned\x07 and \x1b[31mred\x1b[0m text\r\nwith\x00zero? no: \xe2\x80\xaebidi\r\n"
                                   .replace(b"\x00", b"\x01"))
    open("noise.bin", "wb").write(b"".join(hashlib.sha256(b"%d" % i).digest() for i in range(64)))
    open("empty.txt", "wb").write(b"")


main()
