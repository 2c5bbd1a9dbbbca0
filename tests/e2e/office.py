#!/usr/bin/env python3
"""An office's folder and what is asked about it: lists, counts and sums, in English, German and Chinese. Speaks TAP.

Makes 86 documents (mails, a folder of mails, tables, letters, an Outlook message of the golden documents) in a home of
its own, without a model: what is answered here is counted in the store (src/turn/tally.h). Each question says what must
come out: how many are named, a sum, a refusal with its reason, or None: no rule may claim it.
"""
import datetime, json, os, resource, shutil, subprocess, sys, tempfile, zipfile

import tap

HEARTH = os.path.abspath(sys.argv[1])
HOME = tempfile.mkdtemp(prefix='hearth-office-')
ENV = dict(os.environ, HEARTH_HOME=HOME, NO_COLOR='1')
DOCS = os.path.join(HOME, 'office')
GOLDEN = os.path.join(os.path.dirname(os.path.abspath(__file__)), '..', 'golden', 'documents')
PEOPLE = [('Anna Li', 'anna.li@example.org'), ('Karl Vogt', 'karl@example.org'), ('王伟', 'wang@example.cn'), ('Mara Stein', 'mara@example.de')]
MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']
SUBJECTS = ['Roof repair', 'Lunch on Friday', '季度报告', 'Rechnung Heizung']


def put(name, data):
    path = os.path.join(DOCS, name)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    with open(path, 'wb') as f:
        f.write(data if isinstance(data, bytes) else data.encode())


def mail(i, year):
    name, address = PEOPLE[i % 4]
    date = '%02d %s %d 10:00:00 +0100' % (1 + i % 28, MONTHS[i % 12], year)
    return 'From: %s <%s>\nTo: %s\nDate: %s\nSubject: %s %d\n\n%s\n' % (
        name, address, 'office@example.org' if i % 3 else 'bank@example.org', date, SUBJECTS[(i // 4) % 4], i, 'Text of number %d.' % i)


def xlsx(rows):
    cell = lambda v: '<c><v>%s</v></c>' % v if isinstance(v, (int, float)) else '<c t="inlineStr"><is><t>%s</t></is></c>' % v
    sheet = '<worksheet><sheetData>%s</sheetData></worksheet>' % ''.join('<row>%s</row>' % ''.join(map(cell, row)) for row in rows)
    path = os.path.join(HOME, 'x.xlsx')
    with zipfile.ZipFile(path, 'w') as z:
        z.writestr('xl/workbook.xml', '<workbook xmlns:r="r"><sheets><sheet name="Sheet1" sheetId="1" r:id="a"/></sheets></workbook>')
        z.writestr('xl/_rels/workbook.xml.rels', '<Relationships><Relationship Id="a" Type="t" Target="worksheets/s.xml"/></Relationships>')
        z.writestr('xl/worksheets/s.xml', sheet)
    with open(path, 'rb') as f:
        return f.read()


def day(n):
    return (datetime.date.today() + datetime.timedelta(n)).strftime('%d.%m.%Y')


def make():
    for i in range(44):
        put('mail/m%02d.eml' % i, mail(i, 2024 if i < 24 else 2025))
    put('mail/old.mbox', '\n'.join('From x Thu Jan  1 00:00:00 1970\n' + mail(i, 2023) for i in range(8)))
    for i in range(14):
        put('letters/l%02d.txt' % i, 'Letter %d\n\nThe lease of flat %d ends on 30 June 2025. The rent is %d EUR.\n' % (i, i, 500 + i))
    put('tables/contracts.csv', 'Contract,Partner,Start,End,Fee\n' + ''.join(
        'C-%d,%s,2020-0%d-01,20%d-12-31,%d.50 EUR\n' % (i, ('ACME', 'Borea', 'Cirrus')[i % 3], 1 + i, 24 + i % 3, 100 * i) for i in range(1, 9)))
    put('tables/invoices.xlsx', xlsx([['Invoice', 'Customer', 'Date', 'Amount', 'Status']] + [
        ['R-%d' % i, ('ACME', 'Borea')[i % 2], '2024-%02d-15' % (1 + i % 6), 10.25 * i, ('paid', 'open')[i % 2]] for i in range(1, 11)] +
        [['Total', '', '', 563.75, '']]))
    put('tables/Rechnungen.csv', 'Rechnungsnummer;Kunde;Datum;Betrag\n4711;Vogt;03.02.2024;1.250,00 €\n4712;Stein;05.03.2024;99,90 €\n4713;Vogt;01.04.2024;-20,00 €\n')
    put('tables/发票.csv', '编号,客户,日期,金额\nA1,海鸥公司,2024年3月1日,1200.50\nA2,长江公司,2024年5月9日,99.50\n')
    put('tables/travel.csv', 'Trip,Day,Cost\nBonn,2024-05-01,100 EUR\nOslo,2024-05-07,2000 NOK\n')
    put('tables/boats.csv', 'Boat,Captain,Crew\nHeron,Holt,4\n鹭号,Li,6\n')
    put('tables/tents.md', '# Tents\n\n| Tent | Weight (kg) | Price (EUR) | Season |\n|---|---:|---:|---|\n| Alder | 2.3 | 349 | summer |\n| Birch | 1.9 | 349 | summer |\n'
        '| Cedar | 3.0 | 199 | winter |\n')
    put('tables/cabin_2025.csv', 'Who,Day,Week\nmember,40,190\nguest,55,280\n')
    put('tables/cabin_2026.csv', 'Who,Day,Week\nmember,45,210\nguest,60,310\n')
    put('tables/zimmer.csv', 'Zimmer,Tag,,Woche\n,Mitglied,Gast,\nDoppelzimmer,35,48,210\nEinzelzimmer,25,30,150\n')
    put('tables/dienstplan.csv', 'Datum,Früh,Spät\n04.07.2026,Jonas,Edda\n05.07.2026,Edda,Jonas\n')
    put('tables/machines.csv', 'machine,kind,hall,monthly cost EUR\nsaw,cutting,north,40\ndrill,drilling,south,15\nlathe,cutting,north,90\n')
    put('tables/fahrt.csv', 'Name,Zimmer,Bezahlt\nLea,A,ja\nTim,B,nein\nUte,A,nein\n')
    put('tables/Stromliste.csv', 'Garten,Zähler,,Verbrauch kWh\n,alt,neu,\n3,100,131,31\n4,90,172,82\nSumme,,,113\n')
    put('minutes/sale.md', '# Sale\n\n| Lot | What | Responsible |\n|---|---|---|\n| 7 | lamp | Mira |\n| 8 | vase | - |\n')
    put('tables/spending.csv', 'day,payee,purpose,amount_gbp\n2025-03-01,Clay Works Ltd,clay,100.00\n2025-04-02,Clay Works Ltd,glaze,20.50\n2025-04-09,City Power,power,60.00\n')
    put('notes/chores.md', '# Chores\n\n- [x] sweep the yard\n- [ ] clean the gutter\n\nBefore winter:\n\n* [ ] oil the hinge\n')
    put('notes/lodge.html', '<h2>Keys</h2><table><tr><th>Key</th><th>Number</th></tr><tr><td>Front door</td><td>2</td></tr>'
        '<tr><td>Flat door</td><td>3</td></tr><tr><td>Letter box</td><td>1</td></tr></table>')
    put('notes/meeting.html', '<h2>Motions</h2><table><tr><th>Motion</th><th>Who</th><th>Status</th></tr><tr><td>Paint the gate</td>'
        '<td>Beck</td><td>started</td></tr><tr><td>Bench</td><td>Marsh</td><td>open</td></tr><tr><td>Sign</td><td>Beck</td><td>finished</td></tr></table>')
    put('notes/院务会.html', '<h2>议题</h2><table><tr><th>议题</th><th>负责人</th><th>状态</th></tr><tr><td>更换座椅</td><td>何建国</td>'
        '<td>进行中</td></tr><tr><td>询价</td><td>唐伟</td><td>已完成</td></tr><tr><td>修订流程</td><td>周敏</td><td>未开始</td></tr></table>')
    put('tables/护士站.csv', '日期,白班,夜班\n2031-07-01,马丽,孙倩\n2031-07-02,孙倩,马丽\n2031-07-03,赵芳,孙倩\n')
    put('tables/检修记录.csv', '设备,故障,费用\n心电图机,断线,320\n治疗台,漏水,850\n')
    put('tables/Kassenbuch_2031.csv', 'Datum;Beleg;Text;Einnahme;Ausgabe\n08.01.2031;1;Startgelder;1204;\n15.01.2031;2;Hallenmiete Januar;;180\n'
        '14.02.2031;3;Hallenmiete Februar;;195\n02.06.2031;4;Pokale für das Dorffest;;64\n')
    put('tables/ledger_2024.csv', 'Item,Kind,Amount\nFlat 1,income,8500\nInsurance,cost,612.40\nAccountant,cost,420\n')
    put('tables/plots.csv', 'Plot,Holder,Rent GBP,Paid\n1,Marsh,58,yes\n2,Okafor,29,no\n3,Beck,58,no\n')
    put('tables/team.csv', 'Name,Job,Salary\nIda,clerk,4100\nRune,Meister,3300\nSven,clerk,2900\n')
    put('tables/parcels.csv', 'Customer,Parcel,Amount,Paid\nHolm,B-1,20,yes\nLind,B-2,30,no\n')
    put('tables/planks.csv', 'Plank,Boards,Price per m3\nash,18,1180\nwalnut,7,2950\n')
    put('tables/umlage.csv', 'Posten,Gesamtkosten,Anteil\nSteuer,1840,156\nHeizung,7640,702\n')
    put('tables/stock.csv', 'Part,Pieces\nbolt,1.250\nnut,40\n')
    put('tables/员工表.csv', '姓名,部门,分机,入职日期\n陈一鸣,维修部,8101,2020-03-02\n罗书瑶,维修部,8102,2021-07-19\n何青,财务部,8103,2019-11-05\n'
        .encode('gb18030'))
    put('tables/排班.csv', '日期,早班,晚班\n2026-07-06,陈一鸣,何青\n2026-07-07,何青,罗书瑶\n')
    put('tables/采购单.csv', '单号,物品,经办人,单价,数量,总价,状态\nP-01,钢索,陈一鸣,120,2,240,已付\nP-02,油漆,何青,35,4,140,未付\nP-03,木板,陈一鸣,60,5,300,未付\n')
    put('tables/油漆报价.csv', '供应商,单价（元）,交货期（天）\n远帆,48,9\n东港,52,3\n锦山,45,20\n')
    put('tables/Abfuhr.csv', 'Datum;Tonne\n' + ''.join('%s;%s\n' % (day(n), ('Biotonne', 'Altpapier')[k % 2]) for k, n in enumerate(range(-20, 30, 7))))
    put('tables/Werkstatt_Kontakte.csv', 'Vorname;Nachname;Tel.;Mobil;E-Mail;Geburtstag\n'
        'Ute;Brix;04621 88 10;;ute@example.org;03.04.1980\nOle;Harms;;0170 55 66 77;;09.11.1975\nIda;Funk;;;ida@example.org;\n')
    put('tables/Leihgeraete.csv', 'Gerät;Rückgabe\nStapler;%s\nHebebühne;%s\n' % (day(9), day(-1)))
    put('tables/Haushalt_2026.csv', 'Monat;Kategorie;Betrag\nJanuar;Lebensmittel;410,10\nJanuar;Benzin;95,00\nFebruar;Lebensmittel;388,40\nFebruar;Benzin;71,50\n')
    put('minutes/船展筹备.md', '# 船展筹备\n\n会议日期：2026-05-04\n\n船展预算如下：\n\n| 项目 | 预算金额（元） |\n|---|---|\n| 展位 | 9000 |\n| 运输 | 2500 |\n| 合计 | 11500 |\n')
    put('tables/银行流水_8月.csv', '日期,摘要,支出\n2026-08-10,房租,900\n2026-08-12,养老基金,300\n')
    put('tables/补贴表.csv', '姓名,补贴,\n,车贴,饭贴\n陈一鸣,100,220\n何青,80,205\n')
    put('tables/timesheet.csv', 'Day,Person,Task,Hours\n2026-02-03,Nadja,rigging,6.5\n2026-02-04,Ulf,rigging,4.0\n2026-02-05,Nadja,paint,2.0\n')
    put('tables/sickness 2024.csv', 'Name,From,To,Days,Note\nIvo,2024-01-08,2024-01-10,3,yes\nRuna,2024-02-05,2024-02-05,1,no\nIvo,2024-06-03,2024-06-06,4,no\n')
    put('tables/船展决算.csv', '项目,预算,实际支出\n展位,9000,9400\n运输,2500,2300\n')
    put('tables/客舱.csv', '客舱,平日价,周末价,床型\n海星,420元,560元,大床\n珊瑚,460元,620元,双床\n')
    put('tables/泊位用电.csv', '泊位,電話,用電度數,用水噸數\n甲一,110,1480,62\n甲二,120,1920,88\n')
    put('tables/值班名单.csv', '姓名,部门,电话\n陈一鸣,维修部,110\n罗书瑶,维修部,111\n')
    put('tables/值勤_5月.csv', '姓名,组别,值班天数,晚点次数,补班小时\n陈一鸣,甲组,12,0,6\n罗书瑶,乙组,9,3,11\n何青,乙组,10,1,2\n')
    put('tables/码头水费.csv', '月份,水费,电费,缴费日期\n3月,41,300.5,2026-04-02\n4月,38,280,2026-05-03\n5月,52,310,2026-06-04\n')
    put('tables/检修_6月.csv', '姓名,检修（小时）\n何青,6\n陈一鸣,4.5\n')
    shutil.copy(os.path.join(GOLDEN, 'berths.msg'), os.path.join(DOCS, 'mail'))


def all_mails():
    rows = [(i, 2024 if i < 24 else 2025) for i in range(44)] + [(i, 2023) for i in range(8)]
    rows = [(PEOPLE[i % 4][0], i % 12 + 1, year, SUBJECTS[(i // 4) % 4], i % 3 == 0) for i, year in rows]
    return rows + [('Ann Li', 3, 2024, 'Berths', False)]


def n(who=None, month=None, year=None, about=None, bank=False):
    return sum((not who or who == m[0]) and month in (None, m[1]) and year in (None, m[2]) and (not about or about in m[3]) and (not bank or m[4])
               for m in all_mails())


# question, how many are named (None: no rule claims it; 'no': refused), words of the answer
QUESTIONS = [
    ('Which of my mails are from Anna?', n('Anna Li'), ['13 of 53 mails']),
    ('How many mails are from Karl Vogt?', 13, ['13 of 53']),
    ('How many e-mails did I get from Karl in March 2024?', n('Karl Vogt', 3, 2024), ['None of the 53']),
    ('which emails are from Mara Stein', 13, ['13 of 53']),
    ('Which mails are about the roof?', n(about='Roof'), ['of 53']),
    ('List the mails about lunch from Anna', n('Anna Li', about='Lunch'), ['of 53']),
    ('How many mails were sent to bank@example.org?', n(bank=True), ['of 53']),
    ('How many mails in March?', n(month=3), ['of 53']),
    ('How many mails did I receive in 2023?', 8, ['8 of 53']),
    ('Show mails from Karl in 2025', n('Karl Vogt', year=2025), ['of 53']),
    ('How many mails did Karl send in May 2025?', n('Karl Vogt', 5, 2025), []),
    ('emails from mara about lunch', n('Mara Stein', about='Lunch'), ['of 53']),
    ('Wie viele Mails von Anna im Jahr 2025?', n('Anna Li', year=2025), ['von 53']),
    ('Which of my emails concern the heating?', None, []),  # they say Heizung: recall may find it
    ('How many emails do I have?', 53, ['53 of 53']),
    ('Which mails are from Nobody Known?', 0, ['None']),
    ('Which mails from Anna say that the roof leaks?', None, []),
    ('What does the mail from Anna say?', None, []),
    ('Welche Mails sind von Anna?', n('Anna Li'), ['13 von 53 Mails']),
    ('Wie viele E-Mails habe ich von Mara Stein im April bekommen?', n('Mara Stein', 4), ['von 53']),
    ('Welche Mails sind über die Heizung?', n(about='Heizung'), ['von 53']),
    ('Wie viele Nachrichten sind an bank@example.org?', n(bank=True), ['von 53']),
    ('Zeige meine Mails aus dem März', None, []),
    ('哪些邮件是王伟发来的？', 13, ['13 封（共 53 封邮件）']),
    ('有多少封邮件是关于季度报告的？', n(about='季度报告'), ['封（共 53 封邮件）']),
    ('2025年有多少封邮件？', 20, ['20 封']),
    ('来自王伟的邮件有多少封？', 13, ['13 封']),
    ('三月有几封邮件？', n(month=3), ['封']),
    ('How many contracts end in 2025?', 3, ['3 of 8 rows', 'contracts']),
    ('Which contracts end in 2025?', 3, ['3 of 8 rows']),
    ('Welche Verträge enden 2025?', 3, ['3 von 8 Zeilen']),
    ('Which contract has the highest fee?', 1, ['C-8', '800.50 EUR']),
    ('How much did we spend on clay?', 1, ['100.00']),  # and not on Clay Works
    ('How much did we pay Clay Works Ltd in total?', 2, ['120.50']),
    ('How much did we pay for power in April 2025?', 1, ['60.00']),
    ('How much did we spend on power in May 2025?', None, []),
    ('How much did we spend on tea?', None, []),
    ('Wie viel haben wir für glaze ausgegeben?', 1, ['20.50']),
    ('Which plots have not been paid?', 2, ['Okafor', 'Beck']),
    ('How many plots are paid?', 1, ['1 of 3']),
    ('What is the total rent of all plots?', 3, ['145']),
    ('Wie viele Rechnungen sind noch offen?', 5, ['5 von 10']),
    ('who has not paid for the plot?', 2, ['Okafor', 'Beck']),
    ('Who owes for parcels?', 1, ['Lind', 'B-2']),
    ('Who has not paid the musician?', None, []),
    ("what's left on my chores list", 2, ['2 of 3', 'gutter', 'hinge']),
    ('How many chores are not done?', 2, ['2 of 3']),
    ('Which motions are not finished yet?', 2, ['2 of 3', 'Paint', 'Bench']),
    ('Summe der Hallenmiete im Kassenbuch', 2, ['375']),
    ('Wie viel haben wir insgesamt eingenommen?', 1, ['1204']),
    ('Sum of costs in ledger_2024', 2, ['1032.40']),
    ('Welche Kinder kommen aus Weener?', None, []),
    ('Wann ist das Dorffest?', None, []),
    ('how many keys for the flat door of the lodge', None, []),
    ('哪些议题还没完成？', 2, ['座椅', '流程']),
    ('孙倩上了几个夜班？', 2, ['共 3 行']),
    ('检修费一共花了多少？', 2, ['1170']),
    ('Which boat has the biggest crew?', 1, ['鹭号', '6 (Crew)']),
    ('Which boat is the cheapest?', None, []),  # no column is called so
    ('Which trip was the most expensive?', None, []),  # EUR and NOK
    ('Which invoice is the highest?', 1, ['R-10', '102.5']),
    ('Which open invoice is the highest?', 1, ['R-9', '92.25']),
    ('Which tent is the lightest?', 1, ['Birch', '1.9']),
    ('Which tent is the most expensive?', 2, ['Alder', 'Birch', '349']),  # both
    ('Which red tent is the lightest?', None, []),
    ('Which winter tent is the lightest?', None, []),  # one alone is not compared
    ('Is Cedar or Birch heavier?', 1, ['Cedar', '3.0']),
    ('Ist Cedar oder Alder billiger?', 1, ['Cedar', '199']),
    ('Which is lighter, Cedar or Douglas?', None, []),
    ('Which part of stock is the smallest?', None, []),  # 1.250 may be either
    ('Welche Rechnung ist die höchste?', 1, ['4711', '1.250,00']),
    ('Which contract started the earliest?', None, []),  # started, and ended
    ('How many contracts with ACME are there?', 2, ['2 of 8']),
    ('How many contracts ended in 1999?', 0, ['None of the 8']),
    ('What is the sum of the fees of all contracts?', 8, ['3604.00 EUR']),
    ('What is the total of the invoices?', 10, ['563.75', '10 rows']),
    ('What is the sum of the open invoices?', 5, ['256.25']),
    ('What is the total amount of the invoices of Borea in 2024?', 5, ['256.25']),
    ('How many invoices are paid?', 5, ['5 of 10']),
    ('Wie hoch ist die Summe der Rechnungen?', 3, ['1329.90 €']),
    ('Wie viele Rechnungen sind von Vogt?', 2, ['2 von 3']),
    ('Summe der Rechnungen im März 2024', 1, ['99.90 €']),
    ('发票金额合计是多少？', 2, ['1300.00']),
    ('What is the total cost of the travel?', 'no', ['different units']),
    ('What is the sum of the pieces in stock?', 'no', ['two ways']),
    ('When does the lease of flat 3 end?', None, []),
    ('How many rooms has the house?', None, []),
    ('How many crew does the Heron have?', 1, ['Heron: 4 (Crew)']),
    ('How many hours were spent on rigging?', 2, ['10.5', 'the sum of 2 rows']),  # and not the hours of one of them
    ('How many hours did Nadja work in total?', 2, ['8.5']),
    ('How many hours did Ulf work?', 1, ['4.0 (Hours)']),  # of one row the cell
    ('How many hours were spent?', None, []),
    ('How many sick days did Ivo have in 2024?', 2, ['7']),  # the file's name says the year, and what the days are of
    ('How many sick days were there in total in 2024?', 3, ['8']),
    ('How many sick days did Ivo have in 2023?', None, []),
    ('How many late days did Ivo have in 2024?', None, []),
    ('How many captains does the Heron have?', None, []),
    ('How many boats are there?', 2, ['2 of 2 rows']),
    ('鹭号有多少船员？', None, []),
    ('何青的饭贴是多少？', 1, ['205（补贴 饭贴）']),  # the lower of two lines of names
    ('月租金是多少？', None, []),  # 租 and 金 stand in cells, rent does not
    ('Which machine is the most expensive?', 1, ['lathe', '90 (monthly cost EUR)']),
    ('What do all machines in the north hall cost together per month?', 2, ['130']),
    ('Which machine costs the most per month?', 1, ['lathe', '90 (monthly cost EUR)']),  # a verb says in what
    ('Who earns the most?', 1, ['Ida', '4100 (Salary)']),
    ('Which employee earns the least?', 1, ['Sven', '2900']),
    ('Who weighs the most?', None, []),
    ('What salary has the Meister?', 1, ['3300 (Salary)']),  # a master is no most
    ('Which parcels are still unpaid?', 1, ['Lind', 'B-2']),
    ('Which machines are open?', None, []),
    ('How many rows of machines.csv are from shop 42?', 'no', ['every word']),  # nobody else can count them
    ('Which plank is the most expensive?', 1, ['walnut', '2950']),  # what stands behind per is a unit
    ('Welcher Posten der Umlage ist am teuersten?', 1, ['Heizung', '7640 (Gesamtkosten)']),
    ('Which machines still run in the south hall?', 1, ['drill']),
    ('Welche Kinder haben noch nicht bezahlt?', 2, ['Tim', 'Ute']),
    ('Wie viele Kinder gibt es?', None, []),  # a list of people need not be of all
    ('Welcher Garten hat am meisten Strom verbraucht?', 1, ['4', '82 (Verbrauch kWh)']),  # a total is none
    ('What is the weight of the Birch tent?', 1, ['1.9 (Weight (kg))']),
    ('What does the cedar tent cost?', 1, ['199 (Price (EUR))']),
    ('What does the cedar tent cost to repair?', None, []),  # a word that the table does not know
    ('What does the oak tent cost?', None, []),
    ('When does C-3 end?', 1, ['2024-12-31 (End)']),
    ('How much does a guest pay for a week in the cabin?', 1, ['310 (Week)']),  # the list of this year
    ('Was kostet der Tag für ein Mitglied im Doppelzimmer?', 1, ['35 (Tag Mitglied)']),  # names on two lines
    ('Was kostet die Woche im Doppelzimmer?', 1, ['210 (Woche)']),
    ('Was kostet ein Tag im Doppelzimmer?', 1, ['35 (Tag Mitglied)', '48 (Tag Gast)']),  # both
    ('Was kostet ein Tag im Dreibettzimmer?', None, []),
    ('Wer hat am 4. Juli Frühdienst?', 1, ['Jonas (Früh)']),
    ('Who has the late shift on 5 July 2026?', None, []),  # its columns are called otherwise
    ('Wer hat am 9. Juli Frühdienst?', None, []),
    ('Who pays for lot 7?', None, []),  # who does it need not pay
    ('Who is responsible for lot 7?', 1, ['Mira (Responsible)']),
    ('Who is responsible for lot 8?', None, []),  # nobody is yet
    ('8103是谁的分机？', 1, ['何青（姓名）']),
    ('罗书瑶的分机号是多少？', 1, ['8102（分机）']),
    ('何青什么时候入职？', 1, ['2019-11-05']),
    ('7月7日晚班是谁？', 1, ['罗书瑶（晚班）']),
    ('7月9日晚班是谁？', None, []),
    ('维修部有几个人？', 2, ['2 行']),
    ('维修部有哪些人？', 2, ['陈一鸣', '罗书瑶']),
    ('公司有多少人？', None, []),  # a list of people need not be of all
    ('哪些采购单还没有付款？', 2, ['P-02', 'P-03']),
    ('还没有付款的采购单总价是多少？', 2, ['440']),  # and not that of one of them
    ('陈一鸣经办的采购单一共多少钱？', 2, ['540', '总价']),
    ('单价最高的物品是什么？', 1, ['钢索（物品）']),
    ('Wann wird die Biotonne das nächste Mal geleert?', 1, [day(8)]),
    ('Give me all phone numbers of the Werkstatt', 2, ['2 of 3 rows (Werkstatt_Kontakte.csv)', 'Ute Brix: 04621 88 10', 'Ole Harms: 0170 55 66 77']),
    ('List all email addresses', 2, ['Ute Brix: ute@example.org', 'Ida Funk: ida@example.org']),
    ('Alle Geburtstage aus der Kontaktliste, bitte', 2, ['Ole Harms: 09.11.1975']),
    ('所有人的电话', 6, ['罗书瑶: 111', 'Ute Brix: 04621 88 10']),
    ('Give me all phone numbers in Berlin', None, []),
    ('List all postal addresses', None, []),
    ('Wann wurde das Altpapier zuletzt abgeholt?', 1, [day(-13)]),
    ('Wann wird der Restmüll das nächste Mal geleert?', None, []),
    ('Wie viel haben wir 2026 für Lebensmittel ausgegeben?', 2, ['798.50']),
    ('Wie viel haben wir im Februar für Benzin ausgegeben?', 1, ['71.50']),
    ('Wie viel haben wir 2025 für Benzin ausgegeben?', None, []),
    ('Wie viel haben wir im März 2026 für Benzin ausgegeben?', None, []),
    ('油漆是谁经办的？', 1, ['何青（经办人）']),
    ('哪个油漆供应商最便宜？', 1, ['锦山（供应商）', '45']),
    ('油漆交货最快的是哪家？', 1, ['东港（供应商）']),
    ('油漆单价最高的供应商是哪家？', 1, ['东港（供应商）']),
    ('最便宜的油漆颜色是什么？', None, []),
    ('谁入职最早？', 1, ['何青（姓名）', '2019-11-05']),
    ('船展预算一共多少钱？', 2, ['11500']),  # of a table in minutes, and the same of a second one
    ('船展实际花了多少钱？', 2, ['11700']),
    ('2024年5月的发票金额合计是多少？', 1, ['99.50']),
    ('2023年的发票金额合计是多少？', 0, ['没有一行符合']),
    ('陈一鸣一共采购了多少钱？', 2, ['540']),
    ('珊瑚舱周末多少钱一晚？', 1, ['620元（周末价）']),
    ('珊瑚艙週末多少錢一晚？', 1, ['620元（周末价）']),  # in traditional signs, too
    ('珊瑚舱春节多少钱一晚？', None, []),
    ('甲二泊位用了多少度电？', 1, ['1920（用電度數）']),
    ('甲二泊位用了多少吨油？', None, []),
    ('五月份谁补班最多？', 1, ['罗书瑶（姓名）', '11（补班小时）']),  # the month is the table's, the column is called by its beginning
    ('六月份谁补班最多？', None, []),
    ('99月99日谁补班最多？', None, []),
    ('罗书瑶晚点几次？', 1, ['3（晚点次数）']),
    ('乙组一共晚点几次？', 2, ['4']),
    ('何青6月检修多少小时？', 1, ['6（检修（小时））']),  # the unit is a part of the column's name
    ('6月检修合计多少小时？', 2, ['10.5']),  # the month is in the table's name
    ('4月的水费是多少？', 1, ['38（水费）']),  # and not that of March, which was paid in April
    ('三到五月的电费加起来多少？', 3, ['890.5']),
    ('上半年电费一共多少？', 3, ['890.5']),
    ('油漆哪家报价最低？', 1, ['锦山（供应商）']),
    ('何青的生日是哪天？', None, []),
    ('何青的经理是谁？', None, []),
]


# question, words of the sentence that counts the days
UNTIL = [
    ('Wie viele Tage noch bis zur Rückgabe Stapler?', 'Noch 9 Tage, bis '),
    ('How many days until the Rückgabe of the Hebebühne?', ' was 1 day ago.'),
]


def ask(question):
    run = subprocess.run([HEARTH, 'ask', '--json', question], capture_output=True, env=ENV, timeout=500)
    return run.returncode, json.loads(run.stdout)


def wrong_about(question, want, words):
    code, a = ask(question)
    if want is None:
        return 'claimed: ' + a['answer'] if a['counted'] else None
    if not a['counted']:
        return 'not counted'
    if any(word not in a['answer'] for word in words):
        return a['answer'][:160]
    if want == 'no':
        return None if code == 3 and not a['found'] and not a['citations'] else 'not refused'
    if code != 0 or len(a['sentences']) != want or len(a['citations']) != want:
        return 'exit %d, %d sentences, %d citations: %s' % (code, len(a['sentences']), len(a['citations']), a['answer'][:160])
    for s in a['sentences']:
        if len(s['citations']) != 1 or not a['citations'][s['citations'][0] - 1]['quote']:
            return 'a sentence without what was counted'
    return None


def lists_counts_and_sums_are_counted_and_nothing_else_is():
    make()
    run = subprocess.run([HEARTH, 'add', '-q', DOCS], capture_output=True, env=ENV)
    assert run.returncode == 0, run
    wrong = [(q, why) for q, want, words in QUESTIONS for why in [wrong_about(q, want, words)] if why]
    for q, why in wrong:
        print('# %s -> %s' % (q, why))
    print('# %d of %d questions as they should be' % (len(QUESTIONS) - len(wrong), len(QUESTIONS)))
    assert not wrong, '%d wrong' % len(wrong)


def days_until_a_date_are_counted():
    for question, words in UNTIL:
        code, a = ask(question)
        assert code == 0 and words in a['sentences'][-1]['text'], (question, a['answer'])
        assert [s['citations'] for s in a['sentences']] == [[1], [1]], a['sentences']


def a_counted_line_is_where_the_document_has_it():
    code, a = ask('How many contracts end in 2025?')
    shown = {}
    for c in a['citations']:
        shown[c['path']] = shown.get(c['path']) or subprocess.run([HEARTH, 'show', c['path']], capture_output=True, env=ENV).stdout
        assert shown[c['path']][c['start']:c['end']].decode() == c['quote'] and '2025-12-31' in c['quote'], c
    assert [c['line'] for c in a['citations']] == [2, 5, 8], a['citations']
    run = subprocess.run([HEARTH, 'ask', 'How many mails are from Karl?'], capture_output=True, env=ENV)
    text = run.stdout.decode()
    assert run.returncode == 0 and '13 of 53 mails:' in text and 'No language model' not in text and '[13]' in text, text



ROWS = {
    'm/minutes-2026-01.md': '# Minutes, 14 January 2026\nThe open day will be held on Saturday 13 June 2026.\nThe fence is painted green by Ron.\n',
    'm/minutes-2026-03.md': '# Minutes, 11 March 2026\nThe school fair is on 13 June. The open day is therefore moved to Saturday 27 June 2026.\n',
    'm/minutes-2026-05.md': '# Minutes, 13 May 2026\nOpen day: date as agreed in March. The speaker is Mr Fenn.\n',
    'c/vertrag.txt': 'Mietvertrag\nElisabeth Krohn leiht Tarek Aziz 300 Euro für die Küche. Die Nettomiete beträgt 690 Euro. Die Kaution beträgt 2.070 Euro.\n',
    'c/nachtrag.txt': 'Nachtrag zum Mietvertrag vom 12. August 2023\nElisabeth Krohn und Tarek Aziz, 2. Juni 2025\n\nAb dem 1. September 2025 beträgt die Nettomiete 735 Euro.\n',
    'c/fremd.txt': 'Mietvertrag\nAnna Berger mietet den Lagerraum von Otto Wolff. Die Lagermiete beträgt 90 Euro.\n',
    'p/policy.md': '# Leave policy 2026\nStaff have 28 days of paid leave a year. Requests go to Hannah Pohl.\n',
    'p/policy-2024.md': '# Leave policy 2024\nStaff have 26 days of paid leave a year. Requests go to Hannah Pohl.\n',
    'b/one.eml': 'From: N <n@example.org>\nTo: T <t@example.org>\nDate: Mon, 02 Feb 2026 09:12:00 +0000\nSubject: Coach to York\n\nWe leave with the coach to York on 16 May.\n',
    'b/two.eml': 'From: N <n@example.org>\nTo: T <t@example.org>\nDate: Mon, 09 Mar 2026 08:05:00 +0000\nSubject: Re: Coach to York\n\nThe museum is closed. Please move the coach to York to 23 May.\n'}

# question, the document whose passage comes first, the one that is not read (None: all are)
LATER = [
    ('When is the open day?', 'minutes-2026-03.md', 'minutes-2026-01.md'),
    ('When was the open day planned originally?', None, None),
    ('When is the open day of 13 June 2026?', None, None),  # it names the year
    ('Who paints the fence?', 'minutes-2026-01.md', None),
    ('Wie hoch ist die Nettomiete?', 'nachtrag.txt', 'vertrag.txt'),
    ('Wie viel Geld leiht Elisabeth Krohn Tarek Aziz?', 'vertrag.txt', None),  # a line of names changes nothing
    ('Wie hoch ist die Lagermiete?', 'fremd.txt', None),  # another contract
    ('Wie hoch ist die Kaution?', 'vertrag.txt', None),
    ('How many days of paid leave do staff have?', 'policy.md', 'policy-2024.md'),
    ('How many days of paid leave did staff have in 2024?', None, None),
    ('When does the coach to York leave?', 'two.eml', 'one.eml')]


def what_a_later_document_changed_is_not_read():
    for name, text in ROWS.items():
        put('../rows/' + name, text)
    run = subprocess.run([HEARTH, 'add', '-q', '--store', 'rows', os.path.join(HOME, 'rows')], capture_output=True, env=ENV)
    assert run.returncode == 0, run
    for question, first, old in LATER:
        run = subprocess.run([HEARTH, 'ask', '--json', '--store', 'rows', question], capture_output=True, env=ENV, timeout=500)
        a = json.loads(run.stdout)
        best, notice = os.path.basename(a['citations'][0]['path']), a.get('notice') or ''
        said = 'newer and says' in notice or 'ist neuer' in notice
        assert first in (None, best) and said == (old is not None) and (old or '') in notice, (question, best, notice)


def what_calls_itself_outdated_is_told_where_it_is_cited():
    for name, status in (('0005-raft', 'Status: superseded by 7'), ('0006-files', 'Status: accepted, supersedes 2'), ('0008-xml', '## Status\n\nRejected\n'), ('0009-tape', '---\nstatus: deprecated\n---')):
        head = status + f'\n# {name}\n' if status.startswith('---') else f'# {name}\n\nDate: 2024-08-02\n{status}\n'
        put(f'../adr/{name}.md', head + f'\n## Decision\n\nThe {name[5:]} decision keeps five {name[5:]} copies.\n')
    run = subprocess.run([HEARTH, 'add', '-q', '--store', 'adr', os.path.join(HOME, 'adr')], capture_output=True, env=ENV)
    assert run.returncode == 0, run
    for name, outdated in (('raft', True), ('files', False), ('xml', True), ('tape', True)):
        run = subprocess.run([HEARTH, 'ask', '--json', '--store', 'adr', f'What does the {name} decision keep?'], capture_output=True, env=ENV)
        a = json.loads(run.stdout)
        notice = a.get('notice') or ''
        assert f'-{name}.md' in a['citations'][0]['path'] and outdated == (f'-{name}.md is outdated' in notice), (name, a)


def two_questions_in_one_are_both_answered():
    first, second = 'How many mails are from Anna Li?', 'What is the total amount of the invoices?'
    alone = [ask(q)[1] for q in (first, second)]
    code, both = ask('%s and %s' % (first[:-1], second[0].lower() + second[1:]))
    assert code == 0 and both['counted'], (code, both)
    assert both['answer'] == alone[0]['answer'] + '\n\n' + alone[1]['answer'], both['answer']
    assert [c['n'] for c in both['citations']] == list(range(1, len(both['citations']) + 1))
    assert [c['quote'] for c in both['citations']] == [c['quote'] for a in alone for c in a['citations']]


LONG = {
    'boats.csv': 'Description,Boat,Rent day\n"%s",Heron,12\nShort,Teal,9\n',
    'offers.csv': 'Supplier,Item,Price EUR\n"%s",Copy paper,3.90\nInkwell,Copy paper,4.90\n'}


def a_cell_as_long_as_a_page_is_told_or_left_to_the_reader():
    for n, counted in ((40, True), (400, False)):
        store = 'long%d' % n
        for name, text in LONG.items():
            put('../%s/%s' % (store, name), text % ('Larch and oak. ' * n))
        run = subprocess.run([HEARTH, 'add', '-q', '--store', store, os.path.join(HOME, store)], capture_output=True, env=ENV)
        assert run.returncode == 0, run
        for question, value in (('What is the rent of the Heron?', '12 (Rent day)'),
                                ('Which supplier is the cheapest for copy paper?', '3.90 (Price EUR)')):
            run = subprocess.run([HEARTH, 'ask', '--json', '--store', store, question], capture_output=True, env=ENV, timeout=500)
            a = json.loads(run.stdout)
            assert run.returncode == 0 and a['counted'] == counted and (value in a['answer']) == counted, (n, question, run)


def a_row_of_a_list_says_what_was_asked_for_or_the_reader_looks():
    for name, address, counted in (('Larch and oak. ' * 400, 'Am Markt 2', True), ('Ute Brix', 'Am Markt 2, links, ' * 400, False)):
        store = 'row%d' % counted
        put('../%s/people.csv' % store, 'Name,Address\n"%s","%s"\nBen Brix,Am Tor 3\n' % (name, address))
        run = subprocess.run([HEARTH, 'add', '-q', '--store', store, os.path.join(HOME, store)], capture_output=True, env=ENV)
        assert run.returncode == 0, run
        run = subprocess.run([HEARTH, 'ask', '--json', '--store', store, 'List all addresses'], capture_output=True, env=ENV, timeout=500)
        a = json.loads(run.stdout)
        assert a['counted'] == counted and ('…: Am Markt 2\n' in a['answer']) == counted, (counted, run)


def what_is_open_is_looked_for_in_long_tables_too():
    put('../many/customers.csv', 'Customer,Order,Town,Paid\n' + ''.join(
        'Customer%05dx,Order%05dy,Town%05dz,%s\n' % (i, i, i, 'yes' if i % 2 else 'no') for i in range(40000)))
    run = subprocess.run([HEARTH, 'add', '-q', '--store', 'many', os.path.join(HOME, 'many')], capture_output=True, env=ENV)
    assert run.returncode == 0, run
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    run = subprocess.run([HEARTH, 'ask', '--json', '--store', 'many', 'Which orders are open?'], capture_output=True, env=ENV, timeout=500)
    spent = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before
    assert json.loads(run.stdout) and spent < 10, spent  # a column held against itself took minutes


def passages_that_are_the_answer_stay_whole():
    said = '[8 May 2023, 10:00] Anna: I saw the doctor yesterday.\n[8 May 2023, 10:01] Bo: Why?\n[8 May 2023, 10:02] Anna: My knee.\n'
    put('../chat/chat.txt', said)
    run = subprocess.run([HEARTH, 'add', '-q', '--store', 'chat', os.path.join(HOME, 'chat')], capture_output=True, env=ENV)
    run = subprocess.run([HEARTH, 'ask', '--json', '--store', 'chat', 'When did Anna see the doctor?'], capture_output=True, env=ENV)
    a = json.loads(run.stdout)
    assert 'yesterday' in a['answer'] and a['answer'] == a['sentences'][0]['text'] == a['citations'][0]['quote'], a


broken = tap.run([lists_counts_and_sums_are_counted_and_nothing_else_is, days_until_a_date_are_counted, a_counted_line_is_where_the_document_has_it,
                  what_a_later_document_changed_is_not_read, what_calls_itself_outdated_is_told_where_it_is_cited,
                  two_questions_in_one_are_both_answered, a_cell_as_long_as_a_page_is_told_or_left_to_the_reader,
                  a_row_of_a_list_says_what_was_asked_for_or_the_reader_looks, what_is_open_is_looked_for_in_long_tables_too, passages_that_are_the_answer_stay_whole])
shutil.rmtree(HOME, ignore_errors=True)
sys.exit(1 if broken else 0)
