/** Polish. */
import { type Lexicon, words } from "./Lexicon.ts"

export const Polish: Lexicon = {
  scripts: ["latin-ext"],
  prose: words(`
  i|w|nie|na|się|z|że|do|to|jest|o|jak|a|po|co|tak|za|od|go|już|jego|ale|przez|był|tego|tylko|dla|
  jej|przed|było|może|być|ich|pan|aby|kiedy|nawet|był|gdy|sobie|też|który|która|które|ten|czy|
  jeszcze|bardzo|jednak|więc|tym|pod|bez|lat|ma|nad|tej|był|mnie|ani|wszystko|gdzie|teraz|nic|
  człowiek|życie|dzień|ręka|świat|miejsce|później|wśród|ponieważ|między|również|także|książka|
  dziewczyna|społeczeństwo|szczególnie|przedsiębiorstwo|rozwój|źródło|łąka|ćwiczenie|mężczyzna|
  pieniądze|odpowiedź|rzeczywiście|niespodziewanie|Kraków
  `),
  people: words(`
  Małgorzata|Łukasz|Grażyna|Paweł|Żaneta|Kasa 4|Sławomir
  `),
  first: words(`
  Złoty|Pod Różą|Nasz|Dobry|Zielony|Śląski|Mały|Góralska|Świeży
  `),
  trade: words(`
  Piekarnia|Sklep spożywczy|Apteka|Księgarnia|Kawiarnia|Restauracja|Stacja paliw|Drogeria
  `),
  firm: words(`
  sp. z o.o.|S.A.|i Wspólnicy|
  `),
  street: words(`
  ul. Długa|ul. Świętojańska|al. Wolności|Rynek Główny|ul. Żeromskiego|pl. Kościuszki
  `),
  city: words(`
  Łódź|Kraków|Gdańsk|Poznań|Wrocław|Częstochowa
  `),
  goods: words(`
  Chleb żytni|Masło 200g|Śmietana|Żurek|Pierogi ruskie|Ser żółty|Jabłka|Kiełbasa|Mąka pszenna|Piwo|
  Sok pomarańczowy|Herbata|Świeca|Ręcznik|Torba|Pączek
  `),
  title: words(`
  Paragon fiskalny|Faktura VAT|Rachunek|Pokwitowanie
  `),
  thanks: words(`
  Dziękujemy, zapraszamy ponownie|Smacznego!|Miłego dnia
  `),
  policy: words(`
  Zwrot towaru w ciągu 14 dni z paragonem.|Prosimy zachować paragon.|Reklamacje przyjmuje sklep.
  `),
  labels: {
    number: words("Faktura nr"),
    bill: words("Paragon nr"),
    date: words("Data"),
    printed: words("Wydrukowano"),
    cashier: words("Kasjer"),
    table: words("Stolik"),
    terminal: words("Kasa"),
    seller: words("Sprzedawca"),
    time: words("Godzina"),
    reference: words("Nr ref."),
    item: words("Nazwa|Towar|Opis"),
    amount: words("Kwota|Wartość|PLN"),
    price: words("Cena"),
    quantity: words("Ilość|Szt."),
    taxHead: words("VAT|Rabat"),
    subtotal: words("Suma częściowa|Netto"),
    tax: words("PTU A 23%|VAT 8%|Kwota PTU"),
    rounding: words("Zaokrąglenie"),
    discount: words("Rabat"),
    total: words("SUMA PLN|Razem|Do zapłaty"),
    cash: words("GOTÓWKA|Wpłata"),
    change: words("Reszta"),
    summary: words("Rozliczenie VAT"),
    count: words("Pozycji: "),
    phone: words("tel. |Tel.: "),
    taxId: words("NIP |NIP: "),
    customer: words("Nabywca|Odbiorca"),
    due: words("Termin płatności"),
    bank: words("Nr rachunku|Bank"),
    dear: words("Szanowni Państwo,|Szanowny Panie,"),
    regards: words("Z poważaniem|Łączę pozdrowienia"),
    subject: words("Dotyczy: |Znak: "),
    page: words("Strona "),
    chapter: words("Rozdział "),
    form: words("Wniosek|Formularz|Zgłoszenie|Oświadczenie"),
    field: words(
      "Imię|Nazwisko|Adres|Data urodzenia|Zawód|Telefon|Miejscowość|Kod pocztowy|Podpis|Uzasadnienie"
    ),
    option: words("Tak|Nie|nowy|przedłużenie|Wyrażam zgodę")
  }
}
