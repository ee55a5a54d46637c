/** Spanish. */
import { type Lexicon, words } from "./Lexicon.ts"

export const Spanish: Lexicon = {
  scripts: [],
  prose: words(`
  de|la|que|el|en|y|a|los|se|del|las|un|por|con|no|una|su|para|es|al|lo|como|más|o|pero|sus|le|ha|
  me|si|sin|sobre|este|ya|entre|cuando|todo|esta|ser|son|dos|también|fue|había|era|muy|años|hasta|
  desde|está|mi|porque|qué|sólo|han|yo|hay|vez|puede|todos|así|nos|ni|parte|tiene|él|uno|donde|bien|
  tiempo|mismo|ese|ahora|cada|vida|otro|después|te|otros|aunque|esa|eso|hace|otra|gobierno|tan|
  durante|siempre|día|tanto|ella|tres|sí|dijo|sido|gran|país|según|menos|mañana|corazón|niños|señor|
  pequeño|situación|habitación|particularmente|conocimiento|extraordinario|desarrollo|sociedad|
  caballero|razón|español
  `),
  people: words(`
  José|María|Íñigo|Begoña|Ramón|Sofía|Caja 1|Sr. Núñez
  `),
  first: words(`
  El Rincón|La Niña|Casa|Gran|Los Álamos|Río|Señorío|Buen|Peña|Montaña
  `),
  trade: words(`
  Panadería|Cafetería|Farmacia|Ferretería|Librería|Frutería|Taller|Mesón|Tienda|Zapatería
  `),
  firm: words(`
  S.L.|S.A.|e Hijos|
  `),
  street: words(`
  Calle Mayor|Avda. de la Constitución|Plaza España|Calle Núñez|Paseo Marítimo|Camino Real
  `),
  city: words(`
  Málaga|Córdoba|Logroño|Bogotá|México D.F.|A Coruña|Cádiz|Lima
  `),
  goods: words(`
  Café con leche|Jamón ibérico|Piña|Pan de molde|Leche entera|Champú|Atún en lata|Plátanos|
  Menú del día|Agua sin gas|Tortilla|Cerveza caña|Aceite de oliva|Pilas|Queso añejo|Limón|Azúcar|
  Jabón
  `),
  title: words(`
  Factura|Ticket|Recibo|Factura simplificada|Albarán
  `),
  thanks: words(`
  ¡Gracias por su visita!|Gracias, vuelva pronto|¡Buen provecho!|Le atendió
  `),
  policy: words(`
  Cambios sólo con ticket en 15 días.|IVA incluido.|No se admiten devoluciones.
  `),
  labels: {
    number: words("Factura n.º"),
    bill: words("Ticket n.º"),
    date: words("Fecha"),
    printed: words("Impreso"),
    cashier: words("Cajero|Cajera"),
    table: words("Mesa"),
    terminal: words("Caja"),
    seller: words("Vendedor"),
    time: words("Hora"),
    reference: words("Ref."),
    item: words("Artículo|Descripción|Concepto"),
    amount: words("Importe|Total"),
    price: words("Precio|P.Unit."),
    quantity: words("Cant.|Uds."),
    taxHead: words("IVA|Dto."),
    subtotal: words("Subtotal|Base"),
    tax: words("IVA 21%|IVA 10%"),
    rounding: words("Redondeo"),
    discount: words("Descuento"),
    total: words("TOTAL|Total a pagar|Importe total"),
    cash: words("EFECTIVO|Entregado"),
    change: words("Cambio"),
    summary: words("Desglose IVA"),
    count: words("Artículos: "),
    phone: words("Tel.: |Teléfono: |Tfno. "),
    taxId: words("C.I.F. B|N.I.F. "),
    customer: words("Facturar a|Cliente|Enviar a"),
    due: words("Vencimiento|Válido hasta"),
    bank: words("Forma de pago|IBAN|Cuenta"),
    dear: words("Estimado señor:|Muy señores míos:|Apreciado cliente:"),
    regards: words("Atentamente,|Un cordial saludo,"),
    subject: words("Asunto: |Ref.: "),
    page: words("Página "),
    chapter: words("Capítulo "),
    form: words("Solicitud|Inscripción|Declaración|Parte de trabajo"),
    field: words(
      "Nombre|Apellidos|Dirección|Fecha de nacimiento|Profesión|Teléfono|Población|Código postal|Firma|Motivo"
    ),
    option: words("Sí|No|soltero|casado|nuevo|renovación|Acepto")
  }
}
