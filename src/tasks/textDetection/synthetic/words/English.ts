/** English, as on receipts of Malaysia, Britain and America. */
import { type Lexicon, words } from "./Lexicon.ts"

export const English: Lexicon = {
  scripts: [],
  prose: words(`
  the|of|and|to|a|in|that|was|his|he|it|with|as|for|had|is|her|not|but|at|on|she|be|by|which|him|
  this|from|all|were|my|so|have|or|one|they|when|said|there|would|their|upon|what|no|been|who|very|
  an|them|then|into|could|more|will|some|time|than|now|any|such|little|should|our|before|great|about|
  must|after|never|every|well|where|again|world|house|himself|without|old|long|nothing|morning|being|
  thought|through|though|always|however|country|between|another|something|company|letter|reason|
  certain|present|account|general|children|question|considerable|circumstances|understanding|observed|
  necessary|particular|government|experience|gentleman|possession|acquaintance|conversation|immediately
  `),
  people: words(`
  Azlan|Mei Ling|Siti|John|Maria|Ridzuan|Admin|Cashier 1|Thandar|Anna
  `),
  first: words(`
  Golden|Happy|Sunrise|Green|Lucky|Ocean|Royal|Fresh|Star|Mega|Corner|Old Town|Blue Bird|Kim|Lim|
  Ahmad|Garcia|Novak|Park|Tanaka|Smith|Maple|Silver|Red Brick|Harbour|Mountain|Daily|Perfect|
  Smart|Home
  `),
  trade: words(`
  Restaurant|Bakery|Mini Market|Hardware|Trading|Bookstore|Pharmacy|Cafe|Kitchen|Motor|Stationery|
  Fashion|Electrical|Supermarket|Coffee House|Noodle Bar|Petrol Station|Gift Centre|Parking|
  Seafood|Grill|Furniture|Pet Shop|Optical|Departmental Store|Fruit Stall
  `),
  firm: words(`
  Sdn Bhd|Enterprise|Ltd|Inc.|GmbH|Co.|LLC|Pte Ltd|& Sons|Group|
  `),
  street: words(`
  Jalan Pahang|Main Street|Jalan Ipoh|High Street|Station Road|Jalan SS 15/4B|5th Avenue|
  Market Square|Jalan Permas 10|Queen's Road|Lorong Maarof|Park Lane|Bukit Maluri|Mill Road|
  Jalan Damai|Church Street|Taman Sri Andalas|Elm Street|Jalan Besar|Harbour View
  `),
  city: words(`
  Kuala Lumpur|Shah Alam, Selangor|Johor Bahru|Petaling Jaya|Springfield|London|Singapore|
  Georgetown|Manchester|Seattle, WA|Melaka|Portland, OR|Toronto|Subang Jaya|Berlin|Cheras
  `),
  goods: words(`
  Chicken Rice|Iced Lemon Tea|Fried Noodles|White Bread|Fresh Milk 1L|Kopi O|Teh Tarik|
  Battery AA 4pcs|Ballpoint Pen|Plastic Bag|Mineral Water|Roller Brush 14"|LED Bulb 9W|A4 Paper|
  Orange Juice|Roti Canai|Fish & Chips|Cappuccino|Eggs Grade A|Cooking Oil 2kg|Toothpaste|
  Paint White 5L|Screw 1/2" 100s|Sugar Bun|Caesar Salad|Soup of the Day|Shampoo 400ml|T-Shirt L|
  Notebook A5|Black Pepper|Chocolate Cake|Green Tea|Parking Fee|RON 95|Set Lunch B|Durian Puff|
  Extension Wire 3m|Door Hinge|Glue Stick|Soft Tofu|Mushroom Pizza|Beef Burger|French Fries|
  Hot Chocolate|Ice Cream|Tom Yam|Steamed Fish|Kailan Garlic|Rice (Plain)|Tissue 10 packs
  `),
  title: words(`
  Tax Invoice|Receipt|Cash Receipt|Invoice|Official Receipt|Cash Bill|Simplified Tax Invoice|
  Sales Receipt|Guest Check|Tax Invoice / Adjustment Note
  `),
  thanks: words(`
  Thank you|Thank You. Please Come Again|Have a nice day!|Thank you for shopping with us|
  Customer's Copy|See you again|Welcome back|Please keep this receipt|Enjoy your meal
  `),
  policy: words(`
  Goods sold are not returnable or refundable.|Exchange is allowed within 7 days with receipt.|
  Strictly no cash refund.|This is a computer generated invoice. No signature required.|
  Received the above goods in good order and condition.|
  Prices include service tax where applicable.|We'd love to hear your feedback! Visit us online.|
  Please check your change before leaving the counter.|E. & O. E.
  `),
  labels: {
    number: words("Invoice No"),
    bill: words("Bill No|Receipt No|Doc No"),
    date: words("Date"),
    printed: words("Printed"),
    cashier: words("Cashier"),
    table: words("Table"),
    terminal: words("Terminal"),
    seller: words("Salesperson"),
    time: words("Time"),
    reference: words("Ref."),
    item: words("Item|Description|Product|ITEM NAME|Item/Desc."),
    amount: words("Amount|Total|Amt|TOTAL(RM)"),
    price: words("Price|U.Price|@|Rate"),
    quantity: words("Qty|Unit|QTY"),
    taxHead: words("Disc|Tax|GST"),
    subtotal: words("Sub Total|Subtotal|Total Excl. GST|Total Sales"),
    tax: words("GST 6%|Service Tax 6%|Tax|VAT"),
    rounding: words("Rounding Adj.|Rounding"),
    discount: words("Discount"),
    total: words("TOTAL|Total|Grand Total|Total Payable|Amt Due"),
    cash: words("CASH|Cash Tendered|Paid"),
    change: words("CHANGE|Change Due"),
    summary: words("GST Summary"),
    count: words("Item Count: |Total Qty: |No. of Items: "),
    phone: words("Tel: |Tel : |Phone |TEL NO. |Tel/Fax: "),
    taxId: words("GST ID : |GST Reg No: |VAT No. |GST No.: |Tax ID |(GST ID No: "),
    customer: words("Bill to|Customer|Sold to|Ship to|Attn."),
    due: words("Due date|Terms|Payable by"),
    bank: words("Bank details|Payment|Account No."),
    dear: words("Dear Sir or Madam,|Dear Sirs,|Dear customer,|To whom it may concern,"),
    regards: words("Yours faithfully,|Yours sincerely,|Kind regards,|With best wishes,"),
    subject: words("Re: |Subject: |Your ref. |Concerning "),
    page: words("Page "),
    chapter: words("Chapter "),
    form: words(
      "Application form|Claim form|Registration|Request for payment|Personal data|Delivery note|Notice of change"
    ),
    field: words(
      "Name|First name|Address|Date of birth|Occupation|Telephone|Place|Postcode|E-mail|Nationality|Account No.|Signature|Date|Reason|Department|Reference No."
    ),
    option: words(
      "Yes|No|Single|Married|Full time|Part time|New|Renewal|I agree to the terms|Please send a copy"
    )
  }
}
