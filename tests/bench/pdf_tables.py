#!/usr/bin/env python3
"""Untagged PDFs with tables whose truth is known, in the form that extraction.py reads.

    tests/bench/pdf_tables.py OUT [--half work|held] [--cjk FONT.ttf] [--groff DIR]
    HEARTH_TEST_DATA=OUT tests/bench/extraction.py EXTRACT_DUMP structure -v

Each page has a heading, prose, one table of a kind (bills, figures set at their point, times, cells
of several lines, heads over several columns, cells over several rows, empty cells, Chinese, pairs
of label and value) in a manner (all lines, lines between rows, three lines, shaded rows, none, and
so on), written by reportlab (one or two columns of text), fpdf2, weasyprint, matplotlib, LibreOffice
and, with --groff (a folder with Debian's groff package unpacked), groff's tbl. The halves differ in
words, numbers, sizes and in which kind meets which manner; rules are made on `work`.

The truth of a table is what decision 0041 says that it becomes: rows of the head are one row, a cell
that spans rows is said in each of them, one that spans columns in the first of them.
"""
import html
import os
import pathlib
import random
import subprocess
import sys

WORDS = {
    "work": "anchor barrel cable deck engine flag gear hull island jetty keel lantern mast net oar "
            "pump quay rudder sail tiller umbrella valve winch yard".split(),
    "held": "apple basket candle dairy egg flour garlic honey ice jam kettle lemon mustard noodle "
            "olive pepper quince rice sugar tea vanilla walnut yeast zest".split(),
}
HAN = {"work": "船 桅杆 绳索 引擎 码头 灯塔 舵手 风帆 货舱 海图 航线 港口".split(),
       "held": "苹果 茶叶 面粉 白糖 鸡蛋 蜂蜜 胡椒 米饭 橄榄 柠檬 坚果 酵母".split()}
NAMES = {"work": "Berg Costa Dahl Evans Fischer Grant".split(),
         "held": "Hansen Ito Jensen Kovacs Lopez Meyer".split()}

LATIN = "/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"  # fonts for Chinese have no digits


class Cell:
    def __init__(self, text, cols=1, rows=1):
        self.text, self.cols, self.rows = str(text), cols, rows


class Table:
    """Rows of cells as they are written: what another cell covers is not there."""

    def __init__(self, rows, head=1, align=""):
        self.rows = [[c if isinstance(c, Cell) else Cell(c) for c in row] for row in rows]
        self.head, self.align = head, align

    def grid(self):
        """[row][column] -> (cell, is its first column, is its first row)"""
        out = [{} for _ in self.rows]
        for r, row in enumerate(self.rows):
            at = 0
            for cell in row:
                while at in out[r]:
                    at += 1
                for i in range(cell.rows):
                    for k in range(cell.cols):
                        out[r + i][at + k] = (cell, k == 0, i == 0)
        return [[row[k] for k in sorted(row)] for row in out]

    def truth(self):
        grid = self.grid()
        rows = []
        if self.head:
            row = []
            for c in range(len(grid[0])):
                parts = []
                for r in range(self.head):
                    cell, _, first = grid[r][c]
                    if first and cell.text:
                        parts.append(cell.text)
                row.append(" ".join(parts))
            rows.append(row)
        for r in range(self.head, len(grid)):
            rows.append([cell.text if first else "" for cell, first, _ in grid[r]])
        return rows


# ---- what stands in them ----


def phrase(r, half, low, high):
    if high >= 4 and half.startswith("han "):
        return "".join(r.choice(HAN[half[4:]]) for _ in range(r.randint(low, high)))
    half = half.split()[-1]
    return " ".join(r.choice(WORDS[half]) for _ in range(r.randint(low, high))).capitalize()


def prose(r, half, sentences):
    end = "。" if half.startswith("han ") else ". "
    return "".join(phrase(r, half, 7, 15) + end for _ in range(sentences)).strip()


def bill(r, h):
    rows = [["Item", "Qty", "Unit price", "Total"]]
    for _ in range(r.randint(4, 8)):
        q, p = r.randint(1, 40), r.randint(100, 90000) / 100
        rows.append([phrase(r, h, 1, 3), q, f"{p:,.2f}", f"{p * q:,.2f}"])
    return Table(rows, align="lrrr")


def figures(r, h):
    rows = [["Model", "Size", "Score", "Error"]]
    for _ in range(r.randint(4, 8)):
        rows.append([phrase(r, h, 1, 2), f"{r.randint(1, 300)}.{r.randint(0, 99)}",
                     f"{r.random():.3f}", f"-{r.randint(0, 20)}.{r.randint(0, 9)}"])
    return Table(rows, align="lnnn")


def times(r, h):
    rows = [["Stop"] + [f"Line {i}" for i in range(1, 5)]]
    for _ in range(r.randint(4, 7)):
        rows.append([phrase(r, h, 1, 2)] + [f"{r.randint(5, 22)}:{r.randint(10, 59)}"
                                           for _ in range(4)])
    return Table(rows, align="lcccc")


def terms(r, h):
    rows = [["Term", "Meaning", "See"]]
    for _ in range(r.randint(3, 5)):
        rows.append([phrase(r, h, 1, 2), phrase(r, h, 9, 22), phrase(r, h, 1, 1)])
    return Table(rows, align="lpl")


def notes(r, h):
    rows = [["Requirement", "Finding", "Action"]]
    for _ in range(r.randint(3, 5)):
        rows.append([phrase(r, h, 4, 9), phrase(r, h, 6, 14), phrase(r, h, 4, 12)])
    return Table(rows, align="ppp")


def spans(r, h):
    top = [Cell("Region", rows=2), Cell("Spring", cols=2), Cell("Autumn", cols=2)]
    rows = [top, ["Plan", "Actual", "Plan", "Actual"]]
    for _ in range(r.randint(4, 6)):
        rows.append([phrase(r, h, 1, 2)] + [f"{r.randint(100, 9999):,}" for _ in range(4)])
    return Table(rows, head=2, align="lrrrr")


def groups(r, h):
    rows = [["Group", "Name", "Count", "Share"]]
    for _ in range(r.randint(2, 3)):
        n = r.randint(2, 3)
        for i in range(n):
            row = [phrase(r, h, 1, 2), r.randint(1, 500), f"{r.randint(1, 99)} %"]
            rows.append(([Cell(phrase(r, h, 1, 1), rows=n)] if i == 0 else []) + row)
    return Table(rows, align="llrr")


def gaps(r, h):
    rows = [["Part", "North", "East", "South", "West"]]
    for _ in range(r.randint(5, 8)):
        rows.append([phrase(r, h, 1, 2)] + [r.choice(["", r.randint(1, 900), "-", r.randint(1, 9)])
                                           for _ in range(4)])
    return Table(rows, align="lrrrr")


def pairs(r, h):
    keys = ["Number", "Date", "Customer", "Address", "Terms", "Due"]
    values = [r.randint(1000, 9999), f"{r.randint(1, 28)} May 20{r.randint(10, 26)}",
              r.choice(NAMES[h]) + " " + phrase(r, h, 1, 1), phrase(r, h, 2, 4),
              phrase(r, h, 2, 3), f"{r.randint(10, 90)} days"]
    return Table([list(p) for p in zip(keys, values)], head=0, align="ll")


def staff(r, h):
    rows = [["Name", "Department", "Phone", "Since"]]
    for _ in range(r.randint(4, 7)):
        rows.append([r.choice(NAMES[h]) + ", " + r.choice("ABCDEFG") + ".", phrase(r, h, 1, 3),
                     f"{r.randint(100, 999)} {r.randint(1000, 9999)}", r.randint(1990, 2026)])
    return Table(rows, align="llll")


def chinese(r, h):
    rows = [["项目", "数量", "单价", "备注"]]
    for _ in range(r.randint(4, 7)):
        rows.append([r.choice(HAN[h]) + r.choice(HAN[h]), r.randint(1, 99),
                     f"{r.randint(1, 900)}.{r.randint(10, 99)}", r.choice(HAN[h]) * r.randint(1, 3)])
    return Table(rows, align="lrrl")


KINDS = [bill, figures, times, terms, notes, spans, groups, gaps, pairs, staff, chinese]
MANNERS = ["grid", "rows", "three", "zebra", "none", "head", "upright", "frame"]


class Page:
    def __init__(self, r, half, kind):
        self.han = kind is chinese
        half = "han " + half if self.han else half
        self.title = phrase(r, half, 2, 4)
        self.section = "2 " + phrase(r, half, 2, 4)
        self.before, self.after = prose(r, half, 4), prose(r, half, 3)
        self.table = kind(r, half.split()[-1])
        self.size = r.choice([9, 10, 11])

    def markdown(self):
        rows = self.table.truth()
        lines = ["| " + " | ".join(row) + " |" for row in rows]
        return "\n\n".join(["# " + self.title, self.before, "## " + self.section,
                            "\n".join(lines), self.after]) + "\n"


# ---- writers ----


def by_reportlab(page, manner, path, r, two=False):
    from reportlab.lib import colors
    from reportlab.lib.pagesizes import A4
    from reportlab.lib.styles import ParagraphStyle
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.cidfonts import UnicodeCIDFont
    from reportlab import platypus as p
    pdfmetrics.registerFont(UnicodeCIDFont("STSong-Light"))
    font = "STSong-Light" if page.han else r.choice(["Helvetica", "Times-Roman"])
    bold = font if page.han else {"Helvetica": "Helvetica-Bold"}.get(font, "Times-Bold")
    body = ParagraphStyle("b", fontName=font, fontSize=page.size, leading=page.size * 1.25)
    big = ParagraphStyle("h", fontName=bold, fontSize=page.size * 1.6, leading=page.size * 2)
    mid = ParagraphStyle("m", fontName=bold, fontSize=page.size * 1.2, leading=page.size * 1.7)
    grid = page.table.grid()
    width = (A4[0] - 144 - (20 if two else 0)) / (2 if two else 1)
    style = [("FONT", (0, 0), (-1, -1), font, page.size), ("VALIGN", (0, 0), (-1, -1), "TOP")]
    data = []
    for y, row in enumerate(grid):
        cells = []
        for x, (cell, first, top) in enumerate(row):
            text = cell.text if first and top else ""
            wraps = page.table.align[x] == "p" or (two and len(text) > 12)
            cells.append(p.Paragraph(text, body) if wraps and text else text)
            if first and top and (cell.cols > 1 or cell.rows > 1):
                style.append(("SPAN", (x, y), (x + cell.cols - 1, y + cell.rows - 1)))
                if cell.cols > 1:
                    style.append(("ALIGN", (x, y), (x, y), "CENTER"))
        data.append(cells)
    head = page.table.head
    for x, a in enumerate(page.table.align):
        kind = {"r": "RIGHT", "c": "CENTER", "n": "DECIMAL"}.get(a, "LEFT")
        style.append(("ALIGN", (x, head), (x, -1), kind))
        if kind == "DECIMAL":
            style.append(("RIGHTPADDING", (x, head), (x, -1), 22))
    if head and r.random() < .6:
        style.append(("FONT", (0, 0), (-1, head - 1), bold, page.size))
    black = colors.black
    style += {
        "grid": [("GRID", (0, 0), (-1, -1), .5, black)],
        "rows": [("LINEBELOW", (0, 0), (-1, -1), .4, black)],
        "three": [("LINEABOVE", (0, 0), (-1, 0), .8, black),
                  ("LINEBELOW", (0, max(head, 1) - 1), (-1, max(head, 1) - 1), .5, black),
                  ("LINEBELOW", (0, -1), (-1, -1), .8, black)],
        "zebra": [("ROWBACKGROUNDS", (0, head), (-1, -1), [colors.white, colors.lightgrey])],
        "none": [],
        "head": [("BACKGROUND", (0, 0), (-1, max(head, 1) - 1), colors.lightblue)],
        "upright": [("LINEBEFORE", (1, 0), (-1, -1), .5, black),
                    ("LINEBELOW", (0, max(head, 1) - 1), (-1, max(head, 1) - 1), .5, black)],
        "frame": [("BOX", (0, 0), (-1, -1), .8, black),
                  ("LINEBELOW", (0, max(head, 1) - 1), (-1, max(head, 1) - 1), .5, black)],
    }[manner]
    widths = None
    if "p" in page.table.align or two:
        parts = [3 if a == "p" else 1.4 if a == "l" else 1 for a in page.table.align]
        widths = [width * part / sum(parts) for part in parts]
    story = [p.Paragraph(page.title, big), p.Paragraph(page.before, body),
             p.Paragraph(page.section, mid), p.Spacer(1, 6),
             p.Table(data, colWidths=widths, style=style), p.Spacer(1, 8),
             p.Paragraph(page.after, body)]
    if two:
        frames = [p.Frame(72 + i * (width + 20), 72, width, A4[1] - 144, 0, 0, 0, 0)
                  for i in range(2)]
        doc = p.BaseDocTemplate(str(path), pagesize=A4)
        doc.addPageTemplates([p.PageTemplate("two", frames)])
        filler = ParagraphStyle("f", parent=body)
        story += [p.FrameBreak()] + [p.Paragraph(page.filler, filler)]
        doc.build(story)
    else:
        p.SimpleDocTemplate(str(path), pagesize=A4).build(story)


def by_fpdf(page, manner, path, r, font):
    import fpdf
    from fpdf.enums import TableBordersLayout as B
    pdf = fpdf.FPDF()
    pdf.add_page()
    name = r.choice(["Helvetica", "Times"])
    if page.han:
        name = "Latin"
        for style in ("", "B"):
            pdf.add_font(name, style, LATIN)
            pdf.add_font("Han", style, font)
        pdf.set_fallback_fonts(["Han"])
    layout = {"grid": B.ALL, "rows": B.HORIZONTAL_LINES, "three": B.SINGLE_TOP_LINE,
              "zebra": B.NONE, "none": B.NONE, "head": B.NONE, "upright": B.NO_HORIZONTAL_LINES,
              "frame": B.MINIMAL}[manner]
    pdf.set_font(name, "B", page.size * 1.6)
    pdf.multi_cell(0, None, page.title, new_x="LMARGIN", new_y="NEXT")
    pdf.set_font(name, "", page.size)
    pdf.multi_cell(0, page.size * .45, page.before, new_x="LMARGIN", new_y="NEXT")
    pdf.set_font(name, "B", page.size * 1.2)
    pdf.multi_cell(0, page.size * .8, page.section, new_x="LMARGIN", new_y="NEXT")
    pdf.set_font(name, "", page.size)
    align = tuple({"r": "RIGHT", "n": "RIGHT", "c": "CENTER"}.get(a, "LEFT")
                  for a in page.table.align)
    fill = {"zebra": "ROWS", "head": "NONE"}.get(manner, "NONE")
    style = fpdf.FontFace(emphasis="BOLD", fill_color=(200, 220, 240) if manner == "head" else None)
    widths = [3 if a == "p" else 1.4 if a == "l" else 1 for a in page.table.align]
    with pdf.table(borders_layout=layout, text_align=align, cell_fill_mode=fill,
                   cell_fill_color=225, num_heading_rows=page.table.head, headings_style=style,
                   first_row_as_headings=page.table.head > 0, col_widths=widths,
                   line_height=page.size * .5, padding=r.choice([0, .6])) as out:
        for row in page.table.rows:
            line = out.row()
            for cell in row:
                line.cell(cell.text, colspan=cell.cols, rowspan=cell.rows)
    pdf.multi_cell(0, page.size * .45, page.after, new_x="LMARGIN", new_y="NEXT")
    pdf.output(str(path))


def as_html(page, manner, r, font=None):
    edge = "1px solid black"
    css = {
        "grid": f"td,th{{border:{edge}}}",
        "rows": f"td,th{{border-bottom:{edge}}}",
        "three": f"table{{border-top:{edge};border-bottom:{edge}}} .h th{{border-bottom:{edge}}}",
        "zebra": "tr.z td{background:#ddd}",
        "none": "",
        "head": "th{background:#bcd}",
        "upright": f"td,th{{border-left:{edge};border-right:{edge}}} .h th{{border-bottom:{edge}}}",
        "frame": f"table{{border:{edge}}} .h th{{border-bottom:{edge}}}",
    }[manner]
    face = "face', 'DejaVu Sans" if font else r.choice(["DejaVu Sans", "DejaVu Serif", "Liberation Sans"])
    out = ["<!DOCTYPE html><html><head><meta charset='utf-8'><style>"]
    if font:
        out.append(f"@font-face{{font-family:face;src:url('file://{font}')}}")
    out.append(f"body{{font:{page.size}pt '{face}'}} table{{border-collapse:collapse}}"
               f"td,th{{padding:2px {r.choice([4, 8, 12])}px;vertical-align:top}}"
               f"h1{{font-size:160%}}h2{{font-size:120%}}{css}</style></head><body>")
    out.append(f"<h1>{page.title}</h1><p>{page.before}</p><h2>{page.section}</h2><table>")
    for y, row in enumerate(page.table.rows):
        head = y < page.table.head
        kind = "h" if y + 1 == page.table.head else "z" if y % 2 else ""
        out.append(f"<tr class='{kind}'>")
        at = len(page.table.grid()[0]) - sum(c.cols for c in row)
        for cell in row:
            a = page.table.align[min(at, len(page.table.align) - 1)]
            at += cell.cols
            side = {"r": "right", "n": "right", "c": "center"}.get(a, "left")
            side = "center" if cell.cols > 1 else side
            tag = "th" if head else "td"
            out.append(f"<{tag} colspan={cell.cols} rowspan={cell.rows} align={side} "
                       f"style='text-align:{side}'>{html.escape(cell.text)}</{tag}>")
        out.append("</tr>")
    out.append(f"</table><p>{page.after}</p></body></html>")
    return "".join(out)


def by_weasyprint(page, manner, path, r, font):
    import weasyprint
    text = as_html(page, manner, r, font if page.han else None)
    weasyprint.HTML(string=text).write_pdf(str(path))


def in_lines(text):
    """Cut behind the word that reaches beyond the 70th sign."""
    lines = [""]
    for word in text.split():
        if len(lines[-1]) > 70:
            lines.append("")
        lines[-1] += (" " if lines[-1] else "") + word
    return "\n".join(lines)


def by_matplotlib(page, manner, path, r):
    import matplotlib
    matplotlib.use("pdf")
    matplotlib.rcParams["pdf.fonttype"] = 42
    import matplotlib.pyplot as plt
    figure = plt.figure(figsize=(8.27, 11.69))
    figure.text(.1, .93, page.title, fontsize=page.size * 1.6, weight="bold")
    figure.text(.1, .91, in_lines(page.before), fontsize=page.size, va="top", linespacing=1.2)
    figure.text(.1, .76, page.section, fontsize=page.size * 1.2, weight="bold")
    axes = figure.add_axes((.1, .4, .8, .34))
    axes.axis("off")
    edges = {"grid": "closed", "rows": "horizontal", "upright": "vertical", "none": "open"}[manner]
    rows = [[c.text for c in row] for row in page.table.rows]
    side = {"r": "right", "n": "right", "c": "center"}.get(page.table.align[-1], "left")
    table = axes.table(cellText=rows, loc="upper left", edges=edges, cellLoc=side)
    table.auto_set_font_size(False)
    table.set_fontsize(page.size)
    figure.text(.1, .38, in_lines(page.after), fontsize=page.size, va="top", linespacing=1.2)
    figure.savefig(str(path))
    plt.close(figure)


def by_groff(page, manner, path, r, folder):
    t = page.table
    options = {"grid": "allbox", "frame": "box"}.get(manner, "")
    wide = "p" in t.align
    form = []
    for y, row in enumerate(t.grid()[:t.head + 1]):
        keys = []
        for x, (cell, first, top) in enumerate(row):
            a = {"p": "lw(%.1fi)" % (5.2 / len(t.align)), "r": "r", "n": "n", "c": "c"}.get(
                t.align[x], "l")
            a = a if y >= t.head else "c" if cell.cols > 1 else a.replace("n", "r")
            keys.append("s" if not first else "^" if not top and y < t.head else a)
        sep = " | " if manner == "upright" else " "
        form.append(sep.join(keys))
    lines = []
    for y, row in enumerate(t.grid()):
        if manner == "three" and y in (0, t.head) or manner == "rows" and y:
            lines.append("_")
        if manner == "frame" and y == t.head:
            lines.append("_")
        cells = []
        for cell, first, top in row:
            if not first:
                continue
            text = cell.text if top else "\\^"
            cells.append("T{\n" + text + "\nT}" if wide and len(text) > 12 else text)
        lines.append("\t".join(cells))
    if manner == "three":
        lines.append("_")
    size = page.size
    source = (f".nr PS {size}\n.nr VS {size * 1.2:.0f}\n.nr LL 6.2i\n.SH\n\\s+4{page.title}\\s0\n"
              f".LP\n{page.before}\n.SH\n{page.section}\n.LP\n.TS\n{options} ;\n"
              + "\n".join(form) + ".\n" + "\n".join(lines) + f"\n.TE\n.LP\n{page.after}\n")
    env = dict(os.environ, PATH=f"{folder}/usr/bin:" + os.environ["PATH"],
               GROFF_FONT_PATH=f"{folder}/usr/share/groff/1.22.4/font",
               GROFF_TMAC_PATH=f"{folder}/usr/share/groff/1.22.4/tmac:/usr/share/groff/1.22.4/tmac")
    out = subprocess.run(["groff", "-t", "-ms", "-Tpdf"], input=source.encode(), env=env,
                         capture_output=True, check=False)
    if out.stdout[:4] != b"%PDF":
        raise RuntimeError(out.stderr.decode()[:300])
    path.write_bytes(out.stdout)


def by_office(folder):
    """All HTML files of the folder in one run; untagged."""
    files = sorted(str(p) for p in folder.glob("*.html"))
    options = '{"UseTaggedPDF":{"type":"boolean","value":"false"}}'
    subprocess.run(["soffice", f"-env:UserInstallation=file://{folder}/profile", "--headless",
                    "--infilter=HTML (StarWriter)", "--convert-to",
                    "pdf:writer_pdf_Export:" + options, "--outdir", str(folder)] + files,
                   check=False, capture_output=True)
    for name in files:
        os.remove(name)
    subprocess.run(["rm", "-rf", str(folder / "profile")], check=False)


def write(half, out, font, groff):
    base = pathlib.Path(out) / "knowledge/extraction/docling"
    r = random.Random(f"{half} 25")
    number = 0
    for writer in ("reportlab", "columns", "fpdf", "weasyprint", "matplotlib", "office", "groff"):
        folder = base / writer
        folder.mkdir(parents=True, exist_ok=True)
        for kind in KINDS:
            manners = r.sample(MANNERS, 3 if writer != "matplotlib" else 8)
            for manner in manners:
                number += 1
                page = Page(r, half, kind)
                page.filler = prose(r, half, 12)
                name = f"{kind.__name__}-{manner}-{number}"
                path = folder / (name + ".pdf")
                spanned = any(c.cols > 1 or c.rows > 1 for row in page.table.rows for c in row)
                if writer == "columns" and (page.han or kind in (terms, notes)):
                    continue
                if writer in ("groff", "matplotlib", "office") and page.han or (page.han and not font and
                                                                      writer != "reportlab"):
                    continue
                if writer == "matplotlib" and (spanned or kind in (terms, notes, pairs) or
                                               manner not in ("grid", "rows", "upright", "none")):
                    continue
                if writer == "groff" and (not groff or manner in ("zebra", "head")):
                    continue
                if writer == "reportlab":
                    by_reportlab(page, manner, path, r)
                elif writer == "columns":
                    by_reportlab(page, manner, path, r, two=True)
                elif writer == "fpdf":
                    by_fpdf(page, manner, path, r, font)
                elif writer == "weasyprint":
                    by_weasyprint(page, manner, path, r, font)
                elif writer == "matplotlib":
                    by_matplotlib(page, manner, path, r)
                elif writer == "groff":
                    by_groff(page, manner, path, r, groff)
                else:
                    (folder / (name + ".html")).write_text(as_html(page, manner, r), "utf-8")
                text = page.markdown()
                if writer == "columns":
                    text += "\n" + page.filler + "\n"
                (folder / (name + ".pdf.expected.md")).write_text(text, "utf-8")
    by_office(base / "office")


def main():
    args = sys.argv[1:]
    if not args or args[0].startswith("-"):
        return print(__doc__) or 2

    def given(name, default=None):
        return args[args.index(name) + 1] if name in args else default
    write(given("--half", "work"), args[0], given("--cjk"), given("--groff"))
    return 0


if __name__ == "__main__":
    sys.exit(main())
