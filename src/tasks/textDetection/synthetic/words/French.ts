/** French. */
import { type Lexicon, words } from "./Lexicon.ts"

export const French: Lexicon = {
  scripts: [],
  prose: words(`
  de|la|et|le|les|il|à|un|que|en|des|qui|dans|elle|une|est|du|ne|pas|ce|se|pour|au|avait|plus|par|
  son|je|sur|avec|on|vous|sa|lui|mais|était|ses|comme|nous|même|tout|si|cette|où|bien|sans|ces|leur|
  fait|être|deux|dit|aussi|homme|quand|peu|après|tous|très|ils|encore|ou|moi|ainsi|dont|avoir|
  toujours|cet|temps|jamais|fut|rien|notre|fois|faire|jour|mon|sont|toute|votre|père|déjà|grand|
  moins|ici|là|quelque|première|chose|femme|vie|yeux|année|siècle|château|président|général|
  également|développement|gouvernement|particulièrement|connaissance|nécessaire|société|véritable|
  considérable|lorsque|tandis
  `),
  people: words(`
  François|Hélène|Amélie|Jérôme|Chloé|Benoît|Zoé|Mme Lefèvre|Caisse 3
  `),
  first: words(`
  Le Petit|Au Bon|La Belle|Chez|Grand|Vieux|L’Épi|Saint-Rémy|Beauséjour|Côté
  `),
  trade: words(`
  Boulangerie|Pâtisserie|Café|Brasserie|Épicerie|Librairie|Pharmacie|Marché|Hôtel|Crêperie|
  Fromagerie
  `),
  firm: words(`
  S.A.R.L.|S.A.|& Fils|SAS|
  `),
  street: words(`
  rue de la République|avenue Foch|place d’Armes|rue Molière|boulevard Voltaire|chemin des Prés|
  allée des Chênes
  `),
  city: words(`
  Orléans|Besançon|Nîmes|Saint-Étienne|Genève|Liège|Lyon|Paris
  `),
  goods: words(`
  Café crème|Pain complet|Bière pression|Crème brûlée|Pâtes fraîches|Thé glacé|Jambon|Entrecôte|
  Camembert|Œufs x6|Baguette|Pêches|Menu du jour|Eau minérale|Gâteau|Croissant|Huîtres|
  Salade niçoise|Légumes|Piles AA
  `),
  title: words(`
  Facture|Ticket de caisse|Reçu|Addition|Note|Duplicata
  `),
  thanks: words(`
  Merci de votre visite|À bientôt !|Merci et bonne journée|Service compris|Bon appétit
  `),
  policy: words(`
  Échange sous 15 jours sur présentation du ticket.|Les chèques ne sont pas acceptés.|
  Ni repris ni échangé.|Conservez ce reçu.
  `),
  labels: {
    number: words("Facture N°"),
    bill: words("Ticket N°|Reçu N°"),
    date: words("Date"),
    printed: words("Édité le"),
    cashier: words("Caissier|Caissière"),
    table: words("Table"),
    terminal: words("Caisse"),
    seller: words("Vendeur"),
    time: words("Heure"),
    reference: words("Réf."),
    item: words("Désignation|Article|Produit"),
    amount: words("Montant|Total|EUR"),
    price: words("Prix|P.U."),
    quantity: words("Qté|Quantité"),
    taxHead: words("TVA|Remise"),
    subtotal: words("Sous-total|Total HT"),
    tax: words("TVA 20%|TVA 5,5%|TVA"),
    rounding: words("Arrondi"),
    discount: words("Remise"),
    total: words("TOTAL|Total TTC|Net à payer|À régler"),
    cash: words("ESPÈCES|Reçu"),
    change: words("Rendu|Monnaie"),
    summary: words("Détail TVA"),
    count: words("Articles : |Nb d’articles : "),
    phone: words("Tél. : |Tél |Téléphone "),
    taxId: words("TVA FR |SIRET |N° TVA "),
    customer: words("Facturé à|Client|Livré à"),
    due: words("Échéance|À régler avant le"),
    bank: words("Règlement|IBAN|Coordonnées bancaires"),
    dear: words("Madame, Monsieur,|Cher client,|Messieurs,"),
    regards: words("Veuillez agréer nos salutations distinguées.|Cordialement,|Bien à vous,"),
    subject: words("Objet : |V/réf. |Concerne : "),
    page: words("Page "),
    chapter: words("Chapitre "),
    form: words("Formulaire|Demande|Bon de livraison|Fiche d’inscription|Déclaration"),
    field: words(
      "Nom|Prénom|Adresse|Date de naissance|Profession|Téléphone|Ville|Code postal|Nationalité|Signature|Fait à|Motif"
    ),
    option: words("Oui|Non|célibataire|marié|à temps plein|première demande|J’accepte")
  }
}
