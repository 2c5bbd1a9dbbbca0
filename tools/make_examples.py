#!/usr/bin/env python3
"""Builds the sample documents that are not plain text: a PDF, a docx and a text in GB18030.

    python3 tools/make_examples.py [examples/documents]

Only the standard library is used. The PDF is written by hand (PDF 1.4, ISO 32000-1: header, objects,
cross-reference table, trailer) with the two standard fonts Helvetica and Helvetica-Bold in
WinAnsiEncoding, so that any reader finds the text; the docx is the smallest set of parts of ECMA-376
(content types, relationships, document) in a zip whose times are fixed. Running it twice gives the
same bytes. The people, the houses and the sums are invented.
"""
import pathlib
import sys
import zipfile
from xml.sax.saxutils import escape

# Widths of Helvetica for the characters from blank to tilde, in thousandths of the font size.
WIDTHS = [278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278] + \
    [556] * 10 + [278, 278, 584, 584, 584, 556, 1015, 667, 667, 722, 722, 667, 611, 778, 722, 278,
                  500, 667, 556, 833, 722, 778, 667, 778, 722, 667, 611, 722, 667, 944, 667, 667,
                  611, 278, 278, 278, 469, 556, 333, 556, 556, 500, 556, 556, 278, 556, 556, 222,
                  222, 500, 222, 833, 556, 556, 556, 556, 333, 500, 278, 556, 500, 722, 500, 500,
                  500, 334, 260, 334, 584]

LEASE = """
# Lease of business premises
Weir House, ground floor and yard
## Between
The Weir House Trust, The Old Rectory, Church Walk 2, Aldbrook, represented by its chair, Mr. Edmund Farrow, called the Landlord in what follows,
and Kestrel Pottery Works Ltd., Mill Lane 4, Aldbrook, represented by its managing director, Ms. Ingrid Marlow, called the Tenant in what follows.
## 1. What is let
1.1 The Landlord lets to the Tenant the ground floor of Weir House, Mill Lane 4, Aldbrook, with a floor area of 286 square metres, the yard with four parking places, the kiln room of 41 square metres, and the brick store to the north of the yard.
1.2 The two upper floors, the barn and the garden are not part of this lease. The Tenant may use the garden path as an emergency exit at any time.
1.3 The premises are let for the making, storing and selling of ceramics and for courses with not more than twelve participants. Any other use needs the written consent of the Landlord, which may not be refused without a good reason.
1.4 The Tenant has inspected the premises on 3 February 2025 and takes them as they are. The record of that inspection, with 34 photographs, is annex A of this lease.
## 2. Term
2.1 The lease begins on 1 March 2025 and ends on 28 February 2028, without either side having to give notice for that day.
2.2 The Tenant may prolong the lease once by another three years, on the same terms, by a written declaration that the Landlord receives not later than 31 August 2027.
2.3 If the Tenant stays after the end of the term and the Landlord does not object within one month, the lease goes on for an indefinite time and may then be ended by either side with notice of six months to the end of a quarter.
## 3. Rent
3.1 The rent is £1,850.00 a month, without value added tax. It is due in advance, on the fifth day of each month, and is paid to the account of the Landlord at the Aldbrook Savings Bank.
3.2 On 1 March 2026 and on 1 March 2027 the rent rises by the change in the consumer price index over the preceding calendar year, but by not more than 3.5 per cent each time. If the index has fallen, the rent stays as it is.
3.3 For payments that arrive more than ten days late the Landlord may ask for interest of 6 per cent a year.
3.4 The Tenant pays the cost of water, electricity, gas and waste collection directly to those who supply them. For the care of the lane and the lighting of the yard the Tenant pays a yearly lump sum of £420.00, due on 1 April.
## 4. Deposit
4.1 The Tenant pays a deposit of £5,550.00, which is three times the monthly rent, not later than on 20 February 2025.
4.2 The Landlord keeps the deposit apart from his own money, in an account that bears interest, and the interest belongs to the Tenant.
4.3 The deposit is paid back within eight weeks after the Tenant has moved out, less what is needed for damage that goes beyond ordinary wear.
## 5. Kilns and fire safety
5.1 The Tenant may run two electric kilns with a connected load of 41 kilowatts together. A further kiln, or one heated by gas or wood, needs the written consent of the Landlord and of his insurer.
5.2 The extractor in the kiln room was put in by the Landlord in 2012. It is the duty of the Tenant to have it inspected once a year and to keep the reports for five years. A new fan, when one is needed, is bought by the Landlord and fitted by the Tenant.
5.3 Nothing that burns may be stored within 1.5 metres of a kiln. The escape routes to the yard and to the garden path are kept free at all times.
5.4 The Landlord may inspect the kiln room twice a year after having announced it one week before.
## 6. Repairs
6.1 The Landlord keeps the roof, the outer walls, the windows, the drains outside the house and the sluice in good repair at his own cost.
6.2 The Tenant keeps the inside of the premises in good repair. The Tenant pays for small repairs up to £250.00 in each single case and up to £1,200.00 in a year, also where something has to be mended that is the Landlord's.
6.3 The Tenant reports damage that threatens the building on the same day. If the Landlord cannot be reached within 24 hours, the Tenant may have done what cannot wait, at the Landlord's cost.
6.4 Changes to walls, floors and installations need the written consent of the Landlord. At the end of the lease the Tenant takes out what was put in, unless the Landlord wants to keep it for its value on that day.
## 7. High water
7.1 Both sides know that the east end of the premises may be flooded. The Tenant stores nothing there below a height of 60 centimetres between 1 November and 31 March.
7.2 If the premises cannot be used because of high water for more than three days, no rent is owed for the days beyond the third.
7.3 The Tenant opens and closes the sluice as the river authority tells. For this work the Landlord takes £300.00 off the rent of each February.
## 8. Insurance
8.1 The Landlord insures the building against fire, storm and flood. The Tenant insures the contents of the premises and the liability of a business for at least £2,000,000.00 and shows the policy once a year, in January.
8.2 Damage by fire is reported to the insurer within 48 hours. The excess is borne by the side on which the cause lies.
## 9. Subletting and sale
9.1 The Tenant may let single rooms to other craftspeople for up to six months, and tells the Landlord their names beforehand.
9.2 If the building is sold, the lease passes to the buyer. The Tenant has a right of first refusal for ninety days.
## 10. End of the lease before its time
10.1 The Tenant may end the lease before its time, with notice of three months to the end of a month, if the kilns may not be run any more because of a decision of an authority.
10.2 The Landlord may end the lease at once if rent for two months is owed and is not paid within fourteen days after a written reminder.
10.3 Notice has to be given in writing and on paper. An electronic message is not enough.
## 11. Last provisions
11.1 There are no agreements beside this lease. Changes are valid only in writing.
11.2 If one of these clauses should be void, the others stay in force.
11.3 Disputes are first brought before the mediator of the Aldbrook Chamber of Crafts, whose fee is shared equally.
## Signatures
Aldbrook, 12 February 2025
Edmund Farrow, for the Weir House Trust
Ingrid Marlow, for Kestrel Pottery Works Ltd.
"""

MINUTES = [
    ("title", "Minutes of the works meeting"),
    ("text", "Kestrel Pottery Works, Weir House, Monday, 15 September 2025, 16:00 to 17:25"),
    ("text", "Present: Ingrid Marlow (chair), Tomás Reyes, Priya Nair (minutes), Jonas Weber, "
             "Lin Xiaomei (by telephone from Longquan). Excused: Hollis Grant."),
    ("head", "1. Extractor fan in the kiln room"),
    ("text", "The fan was inspected on 9 September. Its bearing is worn and it moves 610 cubic metres "
             "an hour instead of 780. Under the lease the landlord buys a new fan and we fit it. "
             "Edmund Farrow of the Weir House Trust has agreed to pay £1,140 for it. Tomás will fit "
             "the new fan by 31 October 2025. Until then only one kiln is fired at a time."),
    ("head", "2. Autumn orders"),
    ("text", "The hotel Three Herons has ordered 260 dinner plates and 260 bowls in oatmeal glaze, to "
             "be delivered on 28 November 2025. The price is £8,840 for all of it, one third paid "
             "when ordering. Hollis throws the bowls; the plates are jiggered. Breakage in drying was "
             "7 per cent in August and should come below 5."),
    ("head", "3. Celadon cups with the Longquan workshop"),
    ("text", "Lin Xiaomei reported that the first test firing was too green at the foot. The second "
             "test goes into the kiln on 25 September. Samples are to be sent in November. We agreed "
             "on a first series of 480 cups."),
    ("head", "4. Wages and holidays"),
    ("text", "Wages rise by 3 per cent from 1 January 2026. The works holiday in 2026 is from 20 July "
             "to 2 August. The Christmas bonus is paid with the wages of November, £400 for each "
             "person."),
    ("head", "5. Insurance"),
    ("text", "Priya compared three offers for the contents insurance. We change from Hartland Mutual "
             "to Brightwater on 1 January 2026. The premium falls from £1,372 to £1,206 a year and "
             "the excess for flood rises from £1,000 to £1,500."),
    ("head", "6. Decisions and tasks"),
    ("table", [("What", "Who", "By when"),
               ("Fit the new extractor fan", "Tomás Reyes", "31 October 2025"),
               ("Give notice to Hartland Mutual", "Priya Nair", "30 September 2025"),
               ("Order 40 kiln shelves", "Tomás Reyes", "22 September 2025"),
               ("Count and repair the sandbags", "Jonas Weber", "20 October 2025"),
               ("Photographs for the winter catalogue", "Ingrid Marlow", "10 October 2025"),
               ("Glaze test for the Three Herons plates", "Hollis Grant", "3 October 2025")]),
    ("text", "The next meeting is on Monday, 20 October 2025, at 16:00."),
]

LETTER = """关于青釉茶杯合作的信

英格丽德·马洛女士，您好：

感谢您九月十五日在电话会议上的意见。第二次试烧已于2025年9月25日完成，釉色比第一次均匀，足部不再发绿，我们三位师傅都认为可以开始准备第一批生产。

一、数量和价格
第一批青釉茶杯共480件，单价人民币55元，总价人民币26,400元，包括包装，不包括国际运费。茶杯容量为160毫升，口径7.8厘米，高6.5厘米。每24件装一箱，共20箱。

二、付款
合同签订后七天内付定金百分之三十，即人民币7,920元；余款在发货之前付清。请汇至“龙泉青桥陶瓷工作室”的账户，汇款时请注明合同编号QQ-2025-117。

三、样品和交货
六件样品将于2025年11月18日用航空快递寄出，大约一周后到达奥尔德布鲁克。样品确认以后，整批货物在四十五天之内完成。我们希望在2026年1月31日以前从宁波港发货，海运需要五周左右。

四、质量
每一件茶杯都经过检查。釉面不得有针孔，杯口不得有缺损，高度误差不超过两毫米。运输途中破损超过百分之二的部分，由我们免费补烧。铅和镉的溶出量将由杭州的检验机构测定，报告随货寄出。

五、包装
上一次的纸浆托盘太薄，我们已经更换供应商。新的托盘厚四毫米，从一米高处跌落十次没有破损。

另外，周师傅的女儿将于明年春天到英国读书，她很想到贵厂参观两天，如果方便，请您告诉我们合适的日期。

祝工作顺利！

林晓梅
龙泉青桥陶瓷工作室
2025年10月9日
"""


# ---- PDF -----------------------------------------------------------------------------------------

def text_width(text, size):
    return sum(WIDTHS[ord(c) - 32] if 32 <= ord(c) < 127 else 556 for c in text) * size / 1000


def wrap(text, size, width):
    line = ""
    for word in text.split():
        longer = f"{line} {word}".strip()
        if line and text_width(longer, size) > width:
            yield line
            longer = word
        line = longer
    yield line


def lease_lines():
    """(font, size, space above, text) of every printed line."""
    for paragraph in LEASE.strip().split("\n"):
        font, size, above = "F1", 11, 5
        if paragraph.startswith("## "):
            font, size, above, paragraph = "F2", 12, 13, paragraph[3:]
        elif paragraph.startswith("# "):
            font, size, above, paragraph = "F2", 18, 0, paragraph[2:]
        for line in wrap(paragraph, size, 451):
            yield font, size, above, line
            above = 0


def paginate(lines, top=770, bottom=80):
    pages, y = [[]], top
    for font, size, above, text in lines:
        heading_at_foot = font == "F2" and y - above - size < bottom + 40
        if y - above - size * 1.35 < bottom or heading_at_foot:
            pages.append([])
            y, above = top, 0
        y -= above + size * 1.35
        pages[-1].append((font, size, y, text))
    return pages


def pdf_string(text):
    escaped = text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")
    return b"(" + escaped.encode("cp1252") + b")"


def page_stream(page, number, count):
    parts = []
    footer = ("F1", 9, 45, f"Lease of Weir House, ground floor    page {number} of {count}")
    for font, size, y, text in page + [footer]:
        parts.append(b"BT /%s %d Tf 72 %.1f Td " % (font.encode(), size, y) + pdf_string(text) +
                     b" Tj ET\n")
    return b"".join(parts)


def make_pdf(path):
    pages = paginate(lease_lines())
    font = "<< /Type /Font /Subtype /Type1 /BaseFont /{} /Encoding /WinAnsiEncoding >>"
    objects = {
        1: b"<< /Type /Catalog /Pages 2 0 R /Lang (en-GB) >>",
        3: font.format("Helvetica").encode(),
        4: font.format("Helvetica-Bold").encode(),
        5: b"<< /Title (Lease of Weir House) /CreationDate (D:20250212090000Z) >>",
    }
    kids = []
    for index, page in enumerate(pages):
        stream = page_stream(page, index + 1, len(pages))
        number = 6 + 2 * index
        kids.append(b"%d 0 R" % number)
        objects[number] = (b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font "
                           b"<< /F1 3 0 R /F2 4 0 R >> >> /Contents %d 0 R >>" % (number + 1))
        objects[number + 1] = b"<< /Length %d >>\nstream\n" % len(stream) + stream + b"endstream"
    objects[2] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (b" ".join(kids), len(kids))
    out, offsets = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n"), []
    for number in sorted(objects):
        offsets.append(len(out))
        out += b"%d 0 obj\n" % number + objects[number] + b"\nendobj\n"
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += b"trailer\n<< /Size %d /Root 1 0 R /Info 5 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (
        len(objects) + 1, start)
    path.write_bytes(out)


# ---- docx ----------------------------------------------------------------------------------------

def run(text, bold=False, size=None):
    props = ("<w:b/>" if bold else "") + (f'<w:sz w:val="{size}"/>' if size else "")
    return f'<w:r><w:rPr>{props}</w:rPr><w:t xml:space="preserve">{escape(text)}</w:t></w:r>'


def paragraph(kind, text):
    style = {"title": "Title", "head": "Heading1"}.get(kind)
    props = f'<w:pPr><w:pStyle w:val="{style}"/></w:pPr>' if style else ""
    size = {"title": 36, "head": 26}.get(kind)
    return f"<w:p>{props}{run(text, bool(style), size)}</w:p>"


def table(rows):
    cells = []
    for index, row in enumerate(rows):
        inner = "".join(f"<w:tc><w:tcPr><w:tcW w:w=\"3000\" w:type=\"dxa\"/></w:tcPr>"
                        f"<w:p>{run(cell, index == 0)}</w:p></w:tc>" for cell in row)
        cells.append(f"<w:tr>{inner}</w:tr>")
    return f"<w:tbl><w:tblPr><w:tblW w:w=\"0\" w:type=\"auto\"/></w:tblPr>{''.join(cells)}</w:tbl>"


def make_docx(path):
    head = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
    base = "http://schemas.openxmlformats.org"
    body = "".join(table(value) if kind == "table" else paragraph(kind, value)
                   for kind, value in MINUTES)
    parts = {
        "[Content_Types].xml":
            f'{head}<Types xmlns="{base}/package/2006/content-types"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Default '
            'Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" '
            'ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.'
            'main+xml"/></Types>',
        "_rels/.rels":
            f'{head}<Relationships xmlns="{base}/package/2006/relationships"><Relationship Id="rId1" '
            f'Type="{base}/officeDocument/2006/relationships/officeDocument" '
            'Target="word/document.xml"/></Relationships>',
        "word/document.xml":
            f'{head}<w:document xmlns:w="{base}/wordprocessingml/2006/main"><w:body>{body}'
            '<w:sectPr/></w:body></w:document>',
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            info = zipfile.ZipInfo(name, (2025, 9, 16, 9, 0, 0))
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, text)


def main():
    out = pathlib.Path(sys.argv[1] if len(sys.argv) > 1 else "examples/documents")
    make_pdf(out / "lease-weir-house.pdf")
    make_docx(out / "minutes-2025-09-15.docx")
    (out / "letter-celadon-cups.txt").write_bytes(LETTER.encode("gb18030"))


if __name__ == "__main__":
    main()
