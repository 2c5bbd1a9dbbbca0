"""Everyday documents of invented people, from templates, for answerable.py: what no public set has.

A kind is a document of one sort about one thing: its opening, and facts, each a sentence or a row and the question for it. A document has some of the
facts; the questions for the others are near misses, and so are those for documents of the same kind about other things, which stand beside
it in the collection. Every question names the thing, so that just one document is meant.
"""
import random

NAMES = {'en': ['Ada Brook', 'Tom Hale', 'Nina Frost', 'Owen Pratt', 'Lily Marsh', 'Sam Voss', 'Ruth Kerr', 'Ivan Doyle'],
         'de': ['Jana Kolb', 'Uwe Stein', 'Petra Lang', 'Nils Horn', 'Karin Voigt', 'Lutz Brandt', 'Silke Ott', 'Timo Reiß'],
         'zh': ['周敏', '陈立', '何芳', '郭强', '林涛', '宋洁', '唐伟', '谢兰']}
MONTHS = {'en': 'January February March April May June July August'.split(), 'de': 'Januar Februar März April Mai Juni Juli August'.split(),
          'zh': ['1月', '2月', '3月', '4月', '5月', '6月', '7月', '8月']}
DAY = {'en': '%d %s 2025', 'de': '%d. %s 2025', 'zh': '2025年%s%d日'}
# language: [(things, opening, [(what is written, question)])]; {x} thing, {p} {q} persons, {d} {e} days, {n} {m} numbers
KINDS = {'en': [
    (['Willow Cottage', 'Flat 3 Mill Row', 'the Harbour Studio', '17 Orchard Lane'], 'Tenancy agreement for {x}\n\nBetween {p} (landlord) and the tenant.', [
        ('The tenant of {x} is {q}.', 'Who is the tenant of {x}?'), ('The rent is {n} pounds a month, due on the first.', 'How much is the rent of {x}?'),
        ('The tenancy begins on {d}.', 'When does the tenancy of {x} begin?'), ('A deposit of {m} pounds is held by the agent.', 'How much is the deposit for {x}?'),
        ('Either side may end it with eight weeks\' notice.', 'What is the notice period for {x}?'), ('Bicycles are kept in the shed behind the house.', 'Where are bicycles kept at {x}?'),
        ('The boiler was last inspected on {e}.', 'When was the boiler of {x} last inspected?'), ('Bins are emptied on Thursdays.', 'On which day are the bins of {x} emptied?')]),
    (['the bakery oven', 'the delivery van', 'the cold store', 'the ticket printer'], 'From: {p}\nTo: {q}\nSubject: {x}\n\nHello,\n\nthis is about {x}.', [
        ('It broke down on {d} and has stood still since.', 'When did {x} break down?'), ('Repairing it costs {n} euros, parts included.', 'What does repairing {x} cost?'),
        ('The spare part comes from Gorley & Sons.', 'Which firm supplies the spare part for {x}?'), ('{q} will be there when the fitter comes.', 'Who will be there when the fitter comes for {x}?'),
        ('The guarantee ran out in 2022.', 'When did the guarantee of {x} run out?'), ('A new one would need {m} litres of fuel a week.', 'How much fuel would a new one in place of {x} need?'),
        ('Its serial number is KT-{n}.', 'What is the serial number of {x}?'), ('Until then we borrow one from the neighbours.', 'What do they use instead of {x} until it is repaired?')]),
    (['Elm Road', 'the village hall', 'the skate park', 'the allotments'], 'Minutes of the meeting about {x}, {d}\n\nPresent: {p}, {q}.', [
        ('{p} took the chair.', 'Who chaired the meeting about {x}?'), ('It was agreed to spend {n} pounds on new lamps.', 'How much is to be spent on lamps for {x}?'),
        ('The work on {x} starts on {e}.', 'When does the work on {x} start?'), ('{q} objected because of the noise.', 'Why did somebody object to the plans for {x}?'),
        ('The fence will be {m} centimetres high.', 'How high will the fence at {x} be?'), ('Volunteers meet at the old pump.', 'Where do the volunteers for {x} meet?'),
        ('The council pays one third of it.', 'What share of {x} does the council pay?'), ('The next meeting is on {e}.', 'When is the next meeting about {x}?')]),
    (['order 4471', 'order 5208', 'order 6130', 'order 7795'], 'Invoice for {x}\n\nItem | Quantity | Price', [
        ('Oak shelves | {m} | {n} euros', 'What do the oak shelves of {x} cost?'), ('Brass hooks | 12 | 48 euros', 'How many brass hooks are in {x}?'),
        ('Delivery | 1 | 19 euros', 'How much is the delivery of {x}?'), ('Payable by {d}.', 'By when must {x} be paid?'),
        ('Delivered to {p}, Station Yard 4.', 'To whom was {x} delivered?'), ('Discount of 5 per cent for {x}.', 'What discount was given on {x}?'),
        ('Account: 00 {n} {m}', 'To which account is {x} paid?'), ('Returned goods must reach us within three weeks.', 'How long may goods of {x} be returned?')]),
    (['the Lisbon trip', 'the ski week', 'the choir tour', 'the school camp'], 'Plan for {x}\n\nWritten by {p}.', [
        ('We leave on {d} at seven in the morning.', 'When do they leave for {x}?'), ('{q} drives the second car.', 'Who drives the second car on {x}?'),
        ('We stay at the Hotel Miramar.', 'Where do they stay during {x}?'), ('It costs {n} euros each.', 'How much does {x} cost each?'),
        ('Bring warm boots and a torch.', 'What should be brought along on {x}?'), ('{m} people have signed up.', 'How many people have signed up for {x}?'),
        ('We are back on {e}.', 'When are they back from {x}?'), ('In an emergency call the office.', 'Whom should one call in an emergency during {x}?')])],
  'de': [
    (['Haus Lindenhof', 'Wohnung Am Wehr 6', 'das Gartenhaus', 'die Werkstatt Nord'], 'Mietvertrag: {x}\n\nVermieter ist {p}.', [
        ('Mieter ist {q}.', 'Wer ist der Mieter ({x})?'), ('Die Miete beträgt {n} Euro im Monat.', 'Wie hoch ist die Miete für {x}?'),
        ('Das Mietverhältnis beginnt am {d}.', 'Wann beginnt das Mietverhältnis für {x}?'), ('Die Kaution beträgt {m} Euro.', 'Wie hoch ist die Kaution für {x}?'),
        ('Die Kündigungsfrist beträgt drei Monate.', 'Welche Kündigungsfrist gilt für {x}?'), ('Der Schlüssel liegt bei der Nachbarin.', 'Wo liegt der Schlüssel für {x}?'),
        ('Der Zähler stand bei der Übergabe auf {m}.', 'Welcher Zählerstand wurde für {x} notiert?'), ('Hunde sind nicht erlaubt.', 'Welche Tiere sind verboten ({x})?')]),
    (['die Waschmaschine', 'der Aufzug', 'die Heizung', 'das Garagentor'], 'Von: {p}\nAn: {q}\nBetreff: {x}\n\nHallo, es geht um Folgendes: {x}.', [
        ('Seit dem {d} geht nichts mehr.', 'Seit wann ist etwas defekt: {x}?'), ('Die Reparatur kostet {n} Euro.', 'Was kostet die Reparatur ({x})?'),
        ('Der Monteur kommt von der Firma Gerlach.', 'Von welcher Firma kommt der Monteur ({x})?'), ('{q} öffnet ihm die Tür.', 'Wer öffnet dem Monteur die Tür ({x})?'),
        ('Die Garantie endete 2022.', 'Wann endete die Garantie ({x})?'), ('Die Seriennummer lautet HB-{m}.', 'Wie lautet die Seriennummer ({x})?'),
        ('Ursache ist ein gerissener Riemen.', 'Was ist die Ursache des Schadens ({x})?')]),
    (['der Spielplatz', 'das Sommerfest', 'die Radwege', 'der Chorraum'], 'Protokoll zum Thema {x}, {d}\n\nAnwesend: {p}, {q}.', [
        ('Die Sitzung leitete {p}.', 'Wer leitete die Sitzung zum Thema {x}?'), ('Es werden {n} Euro bewilligt.', 'Wie viel Geld wird bewilligt ({x})?'),
        ('Die Arbeiten beginnen am {e}.', 'Wann beginnen die Arbeiten ({x})?'), ('{q} stimmte wegen des Lärms dagegen.', 'Warum stimmte jemand dagegen ({x})?'),
        ('Es haben sich {m} Helfer gemeldet.', 'Wie viele Helfer haben sich gemeldet ({x})?'), ('Treffpunkt ist das alte Pumpenhaus.', 'Wo ist der Treffpunkt ({x})?'),
        ('Die nächste Sitzung ist am {e}.', 'Wann ist die nächste Sitzung zum Thema {x}?')]),
    (['Auftrag 3312', 'Auftrag 4809', 'Auftrag 5177', 'Auftrag 6604'], 'Rechnung zu {x}\n\nPosten | Menge | Preis', [
        ('Eichenbretter | {m} | {n} Euro', 'Was kosten die Eichenbretter von {x}?'), ('Messinghaken | 12 | 48 Euro', 'Wie viele Messinghaken gehören zu {x}?'),
        ('Lieferung | 1 | 19 Euro', 'Was kostet die Lieferung von {x}?'), ('Zahlbar bis {d}.', 'Bis wann ist {x} zu zahlen?'),
        ('Geliefert an {p}, Bahnhofshof 4.', 'An wen wurde {x} geliefert?'), ('Nachlass: 5 Prozent.', 'Welchen Nachlass gab es bei {x}?'),
        ('Kundennummer {m}', 'Welche Kundennummer steht auf {x}?')])],
  'zh': [
    (['柳园小屋', '磨坊路3号', '港口工作室', '果园里17号'], '{x}租房合同\n\n房东：{p}', [
        ('承租人是{q}。', '{x}的承租人是谁？'), ('每月租金{n}元，每月1日支付。', '{x}的租金是多少？'), ('租期从{d}开始。', '{x}的租期从什么时候开始？'), ('押金为{m}元。', '{x}的押金是多少？'),
        ('提前两个月通知可以解除合同。', '{x}解除合同要提前多久通知？'), ('自行车停放在屋后的车棚。', '{x}的自行车停放在哪里？'), ('锅炉上次检查是在{e}。', '{x}的锅炉上次什么时候检查的？'), ('垃圾每周四清运。', '{x}的垃圾哪天清运？')]),
    (['面包烤箱', '送货车', '冷库', '票据打印机'], '发件人：{p}\n收件人：{q}\n主题：{x}\n\n你好，说一下{x}的情况。', [
        ('{d}发生故障，一直停用。', '{x}什么时候发生故障的？'), ('维修费用共{n}元，含零件。', '维修{x}要多少钱？'), ('零件由恒达公司供应。', '{x}的零件由哪家公司供应？'), ('师傅来的时候由{q}接待。', '{x}的维修师傅来时由谁接待？'),
        ('保修期到2022年为止。', '{x}的保修期到哪一年？'), ('序列号为KT-{m}。', '{x}的序列号是多少？'), ('故障原因是皮带断裂。', '{x}的故障原因是什么？')]),
    (['榆树路', '社区礼堂', '滑板公园', '菜园'], '关于{x}的会议记录，{d}\n\n出席：{p}、{q}', [
        ('会议由{p}主持。', '关于{x}的会议由谁主持？'), ('决定拨款{n}元安装路灯。', '{x}安装路灯拨款多少？'), ('工程于{e}开工。', '{x}的工程什么时候开工？'), ('{q}因为噪音表示反对。', '为什么有人反对{x}的方案？'),
        ('围栏高{m}厘米。', '{x}的围栏有多高？'), ('志愿者在老水泵旁集合。', '{x}的志愿者在哪里集合？'), ('下次会议定于{e}。', '关于{x}的下次会议是什么时候？')]),
    (['订单4471', '订单5208', '订单6130', '订单7795'], '{x}发票\n\n品名 | 数量 | 金额', [
        ('橡木架 | {m} | {n}元', '{x}的橡木架多少钱？'), ('铜挂钩 | 12 | 48元', '{x}有多少个铜挂钩？'), ('运费 | 1 | 19元', '{x}的运费是多少？'), ('付款期限：{d}', '{x}的付款期限是哪天？'),
        ('收货人：{p}，站前街4号', '{x}的收货人是谁？'), ('折扣：百分之五', '{x}打了多少折扣？'), ('客户编号：{m}', '{x}的客户编号是多少？')])]}


def documents(lang, seed=11):
    """[(kind, text, [(question, is it answered)])]"""
    draw, out = random.Random(seed), []
    for kind, (things, opening, facts) in enumerate(KINDS[lang]):
        for thing in things:
            p, q = draw.sample(NAMES[lang], 2)
            days = [(draw.randrange(1, 28), draw.choice(MONTHS[lang])) for _ in range(2)]
            d, e = (DAY[lang] % (day[::-1] if lang == 'zh' else day) for day in days)
            fill = dict(x=thing, p=p, q=q, d=d, e=e, n=draw.randrange(120, 990), m=draw.randrange(20, 99))
            there = sorted(draw.sample(range(len(facts)), len(facts) // 2))
            text = opening.format(**fill) + '\n' + '\n'.join(facts[i][0].format(**fill) for i in there)
            out.append((kind, text[0].upper() + text[1:], [(question.format(**fill), i in there) for i, (_, question) in enumerate(facts)]))
    return out
