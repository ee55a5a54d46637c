/** German. */
import { type Lexicon, words } from "./Lexicon.ts"

export const German: Lexicon = {
  scripts: [],
  blackLetter: true,
  prose: words(`
  die|der|und|in|zu|den|das|nicht|von|sie|ist|des|sich|mit|dem|dass|er|es|ein|ich|auf|so|eine|auch|
  als|an|nach|wie|im|für|man|aber|aus|durch|wenn|nur|war|noch|werden|bei|hat|wir|was|wird|sein|
  einen|welche|sind|oder|zur|um|haben|einer|mir|über|ihm|diese|einem|ihr|uns|da|zum|kann|doch|vor|
  dieser|mich|ihn|du|hatte|seine|mehr|am|denn|nun|unter|sehr|selbst|schon|hier|bis|habe|ihre|dann|
  ihnen|seiner|alle|wieder|meine|Zeit|gegen|vom|ganz|wo|muss|ohne|eines|können|Straße|Größe|Mädchen|
  Geschichte|Gesellschaft|Verhältnisse|Entwicklung|außerordentlich|vollkommen|ursprünglich|
  verschiedenen|insbesondere|Bürgermeister|Überzeugung
  `),
  people: words(`
  Müller|Schröder|Jürgen|Anna|Käthe|Bäcker|Sabine|Jörg|Frau Weiß|Kasse 2
  `),
  first: words(`
  Goldener|Alte|Zum Grünen|Süße|Nord|Schäfers|Königs|Bäuerle|Müller|Stadt|Frische|Weber
  `),
  trade: words(`
  Bäckerei|Apotheke|Getränkemarkt|Gasthof|Buchhandlung|Tankstelle|Metzgerei|Drogerie|Schuhhaus|
  Baumarkt|Café
  `),
  firm: words(`
  GmbH|& Söhne|KG|OHG|e.K.|AG|
  `),
  street: words(`
  Hauptstraße|Königsallee|Bahnhofstr.|Am Markt|Gartenweg|Schloßplatz|Mühlgasse|Lindenstraße
  `),
  city: words(`
  München|Köln|Düsseldorf|Nürnberg|Berlin|Graz|Zürich|Würzburg|Lübeck
  `),
  goods: words(`
  Brötchen|Käse Gouda 400g|Äpfel rot|Vollmilch 1L|Bio-Eier 6er|Mineralwasser|Spülmittel|
  Schraube 4x30|Tomaten|Brezel|Kaffee gemahlen|Rindfleisch|Würstchen|Süßkartoffel|Pfandflasche|
  Müllbeutel|Öl 0,75|Spargel weiß|Zeitung|Batterien AA
  `),
  title: words(`
  Rechnung|Quittung|Kassenbon|Bewirtungsbeleg|Kundenbeleg|Gutschrift
  `),
  thanks: words(`
  Vielen Dank für Ihren Einkauf|Auf Wiedersehen|Es bediente Sie|Guten Appetit!|
  Wir wünschen einen schönen Tag
  `),
  policy: words(`
  Umtausch innerhalb von 14 Tagen nur mit Bon.|Tiernahrung ist vom Umtausch ausgeschlossen.|
  Alle Preise verstehen sich inkl. MwSt.|Bitte prüfen Sie Ihr Wechselgeld.
  `),
  labels: {
    number: words("Rechnung Nr."),
    bill: words("Bon-Nr.|Beleg"),
    date: words("Datum"),
    printed: words("Gedruckt"),
    cashier: words("Kassierer|Bediener"),
    table: words("Tisch"),
    terminal: words("Kasse"),
    seller: words("Verkäufer"),
    time: words("Uhrzeit"),
    reference: words("Ref."),
    item: words("Artikel|Bezeichnung|Ware"),
    amount: words("Betrag|EUR|Summe"),
    price: words("Preis|Einzelpreis|á"),
    quantity: words("Menge|Anz.|Stk."),
    taxHead: words("MwSt|Rabatt"),
    subtotal: words("Zwischensumme|Netto"),
    tax: words("MwSt 19%|MwSt 7%|USt."),
    rounding: words("Rundung"),
    discount: words("Rabatt"),
    total: words("SUMME|Gesamtbetrag|Zu zahlen|Brutto"),
    cash: words("BAR|Gegeben"),
    change: words("Rückgeld|Zurück"),
    summary: words("MwSt-Übersicht"),
    count: words("Posten: |Anzahl Artikel: "),
    phone: words("Tel. |Telefon: |Tel.: |Fon "),
    taxId: words("USt-IdNr. DE|St.-Nr. |Steuernr. "),
    customer: words("Rechnung an|Kunde|Lieferanschrift"),
    due: words("Zahlbar bis|Fällig am"),
    bank: words("Bankverbindung|IBAN|Konto"),
    dear: words("Sehr geehrte Damen und Herren,|Liebe Kunden,|Sehr geehrter Herr Müller,"),
    regards: words("Mit freundlichen Grüßen|Hochachtungsvoll|Viele Grüße"),
    subject: words("Betreff: |Ihr Zeichen |Betr.: "),
    page: words("Seite "),
    chapter: words("Kapitel "),
    form: words("Antrag|Anmeldung|Lieferschein|Personalbogen|Überweisung"),
    field: words(
      "Name|Vorname|Straße|Geburtsdatum|Beruf|Telefon|Ort|PLZ|E-Mail|Staatsangehörigkeit|Unterschrift|Datum|Begründung"
    ),
    option: words("Ja|Nein|ledig|verheiratet|neu|Verlängerung|Ich stimme zu")
  }
}
