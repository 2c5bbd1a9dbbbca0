/*
 * Nouns of German that name nobody, for german.c.
 *
 * In small letters and without marks: "ä" is written "a", "ß" "ss", so that "Gärten" is found by
 * "=garten". german.c takes an ending of a case or of the plural off. A noun of four letters or more
 * is found at the end of a longer one, too ("Winterjacke"), for a German compound is what its last
 * part says; those that family names end with, or that are one alone, stand behind '=' and count as
 * a whole word only. Words that many people are called by (Koch, Richter, Winter, Stein) are in no
 * list: rather a noun too much is masked than a name too little.
 *
 * The words are our own choice of what letters, bills, lessons, recipes and reports are made of. Who
 * chose them had seen what was masked in forty German texts, of which some nouns are in the list.
 */
#include "gate/scan/german.h"

#include <stddef.h>

const char *const german_nouns[] = {
    /* letters, offices, contracts */
    "betreff", "anfrage", "angabe", "angebot", "anlage", "anliegen", "anmeldung", "anschreiben",
    "ansicht", "anspruch", "antrag", "antwort", "anzahl", "anzeige", "auftrag", "aufgabe",
    "ausgabe", "auskunft", "ausweis", "bedingung", "bedarf", "beginn", "beispiel", "beitrag",
    "bereich", "bericht", "bescheid", "beschluss", "bestellung", "betrag", "bewerbung", "brief",
    "buchung", "datei", "daten", "datum", "dauer", "eingang", "einkauf", "einspruch", "eintrag",
    "eintritt", "einzug", "=ende", "ergebnis", "erlaubnis", "erklarung", "fall", "formular",
    "frage", "frist", "garantie", "gebuhr", "gegenstand", "gericht", "gesetz", "gewahr", "=grund",
    "gutschein", "gruss", "haftpflicht", "hinweis", "inhalt", "kennzeichen", "klage", "kopie",
    "kosten", "kunde", "kundin", "lage", "liste", "lieferung", "mangel", "miete", "mieterin",
    "mitteilung", "nachricht", "nachweis", "name", "nummer", "ordnung", "ort", "pflicht",
    "police", "posten", "position", "preis", "probe", "protokoll", "=punkt", "rabatt", "=recht",
    "regel", "rest", "ruckgabe", "ruckmeldung", "rucksprache", "sache", "satz", "schaden",
    "schadensersatz", "seite", "stelle", "steuer", "summe", "tabelle", "tatigkeit", "teil",
    "termin", "text", "thema", "titel", "unterlage", "unterschied", "unterschrift", "unterhalt",
    "urteil", "verfahren", "vergleich", "verhalten", "verhaltnis", "verlauf", "vermerk",
    "vertrag", "verzeichnis", "vollmacht", "voraussetzung", "vorgang", "vorlage", "vorschlag",
    "vorteil", "nachteil", "=wert", "wunsch", "zahl", "zeichen", "zeile", "zeugnis", "ziel",
    "zusage", "absage", "zustand", "zweck", "drittel", "viertel", "halfte", "anteil", "abschnitt",
    "absatz", "kapitel", "spalte", "mandant", "mandat", "klager", "klagerin", "=kammer",
    "instanz", "mahnung", "nachlass", "erbe", "testament", "einwand", "umzug", "schreiben",
    "abgabe", "gehalt", "=lohn", "zuschlag", "kontakt", "kategorie", "quelle", "anfang", "=mitte",
    "=lebenslauf",
    /* money and firms */
    "abschlag", "aktie", "aktiva", "passiva", "aufwand", "ausblick", "bank", "bargeld", "bilanz",
    "dividende", "einkommen", "einnahme", "ertrag", "erlos", "forderung", "gewinn", "verlust",
    "guthaben", "gutschrift", "hypothek", "inflation", "inventur", "kapital", "kasse", "kaution",
    "konto", "kredit", "lager", "lastschrift", "liquiditat", "markt", "mio", "mrd", "netto",
    "brutto", "pfand", "provision", "quartal", "rate", "rechnung", "rucklage", "schuld", "tarif",
    "uberschuss", "umlage", "umsatz", "unternehmen", "betrieb", "verbrauch", "verkauf",
    "vermogen", "vorjahr", "jahr", "vorrat", "wachstum", "ware", "zins", "zuschuss", "bestand",
    "aufsichtsrat", "vorstand", "versammlung", "branche", "abteilung", "belegschaft", "lieferant",
    "artikel", "stuck", "menge", "paket", "sendung", "versand", "=zoll", "fracht", "palette",
    "prozent", "cent", "euro", "franken", "stk", "std", "pos", "nr", "abs", "mwst", "ust", "az",
    "tel", "fax", "mobil", "natel", "email", "mail", "durchwahl", "zahlung", "mehrwert",
    /* days and times */
    "montag", "freitag", "dienstag", "mittwoch", "donnerstag", "samstag", "=sonntag", "sonnabend",
    "wochenende", "woche", "monat", "minute", "sekunde", "stunde", "uhr", "=zeit", "=tag",
    "=tage", "feiertag", "werktag", "geburtstag", "=abend", "=morgen", "=mittag", "mitternacht",
    "nacht", "fruhling", "=herbst", "ostern", "weihnachten", "silvester", "ferien", "urlaub",
    "alltag", "moment", "augenblick", "jubilaum", "=januar", "=februar", "=oktober", "=dezember",
    "=november", "=september", "freizeit", "zukunft", "vergangenheit",
    /* house and home */
    "bad", "balkon", "=bett", "bild", "boden", "=dach", "decke", "dichtung", "dusche", "fenster",
    "flur", "=gang", "garage", "=garten", "gerat", "gerust", "heizung", "heizkorper", "herd",
    "keller", "=kessel", "kuche", "kuhlschrank", "schrank", "=lampe", "leitung", "licht", "mobel",
    "mull", "ofen", "parkett", "pumpe", "=rohr", "raum", "regal", "schlauch", "schlussel", "sofa",
    "spiegel", "stellplatz", "steckdose", "=stock", "strom", "stuhl", "teppich", "=tisch",
    "toilette", "treppe", "tur", "vorhang", "wanne", "waschmaschine", "maschine", "wohnung",
    "=zimmer", "zaun", "thermostat", "therme", "gas", "zahler", "matte", "schuppen", "umluft",
    "dammung", "fassade", "wand", "fliese", "gebaude", "grundstuck", "haushalt", "putzmittel",
    "waschmittel", "klopapier", "papier", "briefmarke", "schere", "eimer", "werkzeug", "zeug",
    "schraube", "bohrer", "=messer", "gabel", "=loffel", "teller", "tasse", "topf", "pfanne",
    "flasche", "kiste", "karton", "tasche", "koffer", "tute", "dose", "=haus", "=hof",
    /* food */
    "=apfel", "birne", "=brot", "brotchen", "bruhe", "butter", "eier", "eis", "=fleisch",
    "frucht", "gemuse", "getrank", "gewurz", "gurke", "hackfleisch", "=honig", "joghurt",
    "kaffee", "kartoffel", "kase", "=kuchen", "=mehl", "milch", "muskat", "nudel", "obst", "=ol",
    "petersilie", "=pfeffer", "=pilz", "prise", "quark", "reis", "rezept", "sahne", "salat",
    "=salz", "schinken", "schokolade", "senf", "sosse", "=speck", "suppe", "=tee", "teig",
    "tomate", "torte", "=wasser", "=wein", "=wurst", "wurstchen", "zucker", "zwiebel", "zutat",
    "hefe", "knoblauch", "majoran", "lorbeerblatt", "=blatt", "=bund", "appetit", "fruhstuck",
    "essen", "mahlzeit", "futter", "krippe", "hort", "liter", "gramm", "kilo", "=ei", "nuss",
    "banane", "orange", "zitrone", "erdbeere", "kirsche", "mohre", "paprika", "bohne", "linse",
    "hahnchen",
    /* body and health */
    "allergie", "anamnese", "antibiose", "antibiotikum", "atemnot", "auge", "auto", "=bauch",
    "=bein", "befund", "beschwerde", "blut", "blutdruck", "brust", "darm", "diagnose", "dosis",
    "durchfall", "entzundung", "erkaltung", "fieber", "finger", "=fuss", "gehirn", "=gelenk",
    "gewicht", "haut", "=herz", "hufte", "husten", "impfung", "infekt", "infektion", "klinik",
    "knie", "knochen", "korper", "krankheit", "krebs", "labor", "leber", "lunge", "magen",
    "medikament", "medikation", "muskel", "=nase", "niere", "ohr", "operation", "pflege",
    "praxis", "puls", "rezidiv", "ruhe", "rucken", "salbe", "schmerz", "schulter", "schwindel",
    "sprechstunde", "stauung", "symptom", "syndrom", "tablette", "temperatur", "therapie",
    "physiotherapie", "verdacht", "verletzung", "versicherung", "virus", "wunde", "=zahn",
    "zahnarzt", "arzt", "arztin", "pocken", "hypertonie", "kreatinin", "insulin", "sauerstoff",
    "verunreinigung", "messwert", "mittelwert", "abweichung", "standardabweichung", "rontgen",
    "ehefrau", "eheleute", "=mann", "geduld", "humor", "teamgeist", "geist", "schwache",
    /* school, work, clubs */
    "abitur", "abschluss", "arbeit", "ausbildung", "aufsatz", "beruf", "bewerber", "=buch",
    "buro", "chef", "diktat", "einsatz", "eltern", "elternabend", "erfahrung", "erzieherin",
    "erzieher", "fach", "fachkraft", "fehler", "gruppe", "heft", "kenntnis", "kita", "klasse",
    "kollege", "kollegin", "kurs", "=lehre", "lernen", "mathe", "mitglied", "muttersprache",
    "note", "pause", "projekt", "prufung", "schicht", "schule", "schuler", "schulerin",
    "semester", "sprache", "stundenplan", "team", "training", "unterricht", "urkunde", "verein",
    "versuch", "vorstellung", "vorsitz", "ubung", "zeitung", "zeitarbeit", "abwehr", "finale",
    "mannschaft", "pokal", "=tor", "=tore", "spiel", "=sieg", "niederlage", "zuschauer",
    "trainer", "stadion", "halle", "stimme", "=wahl", "enthaltung", "sitzung", "fest", "=feier",
    "musik", "yoga", "sport", "konzert", "museum", "theater", "ausflug", "wandertag",
    "ingenieurin", "ingenieur", "unternehmer", "mitarbeiter", "mitarbeiterin", "angestellte",
    "auszubildende", "zielgruppe", "kindergarten", "=kind", "=kinder", "baby", "nachbarn",
    /* machines, travel, nature, the rest */
    "abfahrt", "ankunft", "ampel", "anschluss", "arbeitsspeicher", "=speicher", "bahn", "bahnhof",
    "batterie", "bergwerk", "bildschirm", "bremse", "bus", "computer", "dienst", "drucker",
    "fahrer", "fahrrad", "=fahrt", "fahrzeug", "fehlermeldung", "firmware", "flug", "gepack",
    "gleis", "handy", "hotel", "internet", "kabel", "karte", "laptop", "laufwerk", "lkw", "motor",
    "=netz", "netzwerk", "passwort", "pkw", "platz", "plan", "programm", "reifen", "reise",
    "router", "server", "sitz", "sitzplatz", "software", "steuerung", "storung", "stornierung",
    "tankstelle", "technik", "telefon", "ticket", "umstieg", "unfall", "update", "verbindung",
    "verkehr", "version", "wagen", "=zug", "zugriff", "administrator", "blume", "erde", "=feuer",
    "=hund", "katze", "klima", "kohlendioxid", "=luft", "meer", "=natur", "pflanze", "regen",
    "schatten", "schnee", "=see", "sonne", "tier", "haustier", "umwelt", "=wald", "warme",
    "=wetter", "=wind", "=wolke", "=insel", "=fluss", "welt", "druck", "farbe", "form", "=grosse",
    "hohe", "breite", "=meter", "kilometer", "modell", "muster", "qualitat", "=stoff", "stufe",
    "typ", "querschnitt", "jacke", "hose", "hemd", "=schuh", "kleid", "kleidung", "armel",
    "geschenk", "gefuhl", "gesprach", "gedanke", "idee", "gesellschaft", "familie",
    "familienstand", "stand", "konfession", "hilfe", "hoffnung", "interesse", "kirche", "=krieg",
    "frieden", "kultur", "kunst", "=laden", "=land", "=leben", "leute", "=liebe", "losung",
    "macht", "meinung", "mensch", "mut", "politik", "polizei", "problem", "raub", "schutz",
    "sicherheit", "=sinn", "=stadt", "strasse", "tod", "traum", "ursache", "verantwortung",
    "=weg", "wissen", "zufall", "zeuge", "zeugin", "anruf", "ruckruf", "rufnummer", "anschrift",
    "adresse", "=post", "lehrkraft", "lieferwagen", "nullzeiger", "zeiger", "modul",
    "bestellnummer", "reisepass", "hauptversammlung", "dank", "danke", "grusse", "wette",
    "anlass", "absprache", "nachfrage", "schatzung", "ablesung", "messung", "=messe", "rolle",
    "tipp", "trick", "bedienung", "fotosynthese", "synthese", "analyse", "chemie", "physik",
    "biologie", "geschichte", "gewitter", "=grill", "=grillen", "kohle", "holzkohle", "rasen",
    "sommerfest", "=mutter", "=vater", "=tochter", "=schwester", "=oma", "=opa", "=tante",
    "=onkel", "=bruder", "enkelin", "bilder", "kleider", "kinderwagen", "hochzeit", "apfelsaft",
    "leitungswasser", "drehbuch", "wasserschaden", "geburtstagsfeier", "leberwurst",
    "schweinefleisch", "feierabend", "nachmittag", "vormittag", "handbuch", "tagebuch",
    "kochbuch", NULL};
