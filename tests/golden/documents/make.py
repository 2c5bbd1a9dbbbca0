#!/usr/bin/env python3
"""Writes the binary and oddly encoded samples of this folder (the others are written by hand).

    tests/golden/documents/make.py        run in this folder

Every sample NAME has a NAME.expected, which is what `extract_dump NAME` prints.
"""
import hashlib, struct, zipfile

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


def main():
    docx("ferry.docx")
    docx("locked.docx", encrypted=True)
    docx("entities.docx", '<?xml version="1.0"?><!DOCTYPE w [<!ENTITY a "lol"><!ENTITY b "&a;&a;&a;">]>'
         + DOCUMENT)
    zip_bytes("slides.pptx", [("[Content_Types].xml", "<Types/>"), ("ppt/presentation.xml", "<p/>")])
    zip_bytes("plain.zip", [("a/readme.txt", "hello")])
    pdf("harbour.pdf", [PAGE1, PAGE2, PAGE3], "Harbour report")
    pdf("locked.pdf", [PAGE1], password="secret")
    pdf("scanned.pdf", [b"0 0 1 rg 60 60 300 300 re f\n"])
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
    open("picture.png", "wb").write(b"\x89PNG\r\n\x1a\n" + bytes(64))
    open("noise.bin", "wb").write(b"".join(hashlib.sha256(b"%d" % i).digest() for i in range(64)))
    open("empty.txt", "wb").write(b"")


main()
