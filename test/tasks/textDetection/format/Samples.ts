/** A small folder of each format, as its own tool writes it, by hand from its documentation; and what it says. */
import type { names } from "../../../../src/tasks/textDetection/format/Names.ts"

/** Corners, text and whether it is illegible. */
export type Expected = readonly [
  points: ReadonlyArray<ReadonlyArray<number>>,
  text?: string | undefined,
  illegible?: boolean
]

export interface Sample {
  readonly format: (typeof names)[number]
  /** What it shows. */
  readonly about: string
  /** The format has to be named, since another reads the same files. */
  readonly named?: boolean
  readonly files: { readonly [name: string]: string }
  readonly pictures: ReadonlyArray<string>
  /** By split and name of the picture. All pictures are 200 x 100 pixels. */
  readonly expected: { readonly [split: string]: { readonly [picture: string]: ReadonlyArray<Expected> } }
}

const box = (left: number, top: number, right: number, bottom: number) => [
  [left, top],
  [right, top],
  [right, bottom],
  [left, bottom]
]

const json = (value: unknown): string => JSON.stringify(value, null, 1)

const pageXml = `<?xml version="1.0" encoding="UTF-8" standalone="yes"?>
<PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/2013-07-15" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">
  <Metadata><Creator>prov=READ-COOP:name=PyLaia@Transkribus</Creator><Created>2021-05-04T09:10:11</Created><LastChange>2021-05-04T09:10:11</LastChange></Metadata>
  <Page imageFilename="0001_letter.jpg" imageWidth="200" imageHeight="100">
    <TextRegion orientation="0.0" id="r1" custom="readingOrder {index:0;}">
      <Coords points="5,5 190,5 190,60 5,60"/>
      <TextLine id="r1l1" custom="readingOrder {index:0;}">
        <Coords points="10,10 60,8 110,10 110,25 10,25"/>
        <Baseline points="10,22 110,22"/>
        <Word id="w1"><Coords points="10,10 50,10 50,25 10,25"/><TextEquiv><Unicode>Dear</Unicode></TextEquiv></Word>
        <Word id="w2"><Coords points="60,10 110,10 110,25 60,25"/><TextEquiv index="1"><Unicode>Sir</Unicode></TextEquiv><TextEquiv index="0"><Unicode>Sin &amp; son</Unicode></TextEquiv></Word>
        <TextEquiv><Unicode>Dear Sin &amp; son</Unicode></TextEquiv>
      </TextLine>
      <TextLine id="r1l2" custom="readingOrder {index:1;} illegible {offset:0; length:3;}">
        <Coords points="10,30 110,30 110,45 10,45"/>
      </TextLine>
    </TextRegion>
  </Page>
</PcGts>
`

const altoXml = `<?xml version="1.0" encoding="UTF-8"?>
<alto xmlns="http://www.loc.gov/standards/alto/ns-v4#" xmlns:xlink="http://www.w3.org/1999/xlink">
  <Description>
    <MeasurementUnit>pixel</MeasurementUnit>
    <sourceImageInformation><fileName>/srv/scans/bsb0001.jpg</fileName></sourceImageInformation>
  </Description>
  <Layout>
    <Page ID="page_1" PHYSICAL_IMG_NR="1" WIDTH="200" HEIGHT="100">
      <PrintSpace HPOS="0" VPOS="0" WIDTH="200" HEIGHT="100">
        <TextBlock ID="block_1" HPOS="10" VPOS="10" WIDTH="150" HEIGHT="50">
          <TextLine ID="line_1" HPOS="10" VPOS="10" WIDTH="100" HEIGHT="15" BASELINE="22">
            <String ID="string_1" HPOS="10" VPOS="10" WIDTH="40" HEIGHT="15" WC="0.97" CONTENT="Anno"/>
            <SP WIDTH="5" VPOS="10" HPOS="50"/>
            <String ID="string_2" HPOS="55.5" VPOS="10" WIDTH="54.5" HEIGHT="15" CONTENT="1&lt;2">
              <Shape><Polygon POINTS="55.5,10 110,12 110,25 55.5,25"/></Shape>
            </String>
          </TextLine>
        </TextBlock>
      </PrintSpace>
    </Page>
  </Layout>
</alto>
`

export const samples: ReadonlyArray<Sample> = [
  {
    format: "anneal",
    about: "our own layout",
    files: {
      "annotations.json": json({
        images: {
          "a.jpg": {
            img_w: 200,
            img_h: 100,
            words: {
              w1: { points: box(10, 10, 50, 20), transcription: "A" },
              w2: { points: box(10, 30, 50, 40), illegibility: true }
            }
          }
        }
      })
    },
    pictures: ["images/a.jpg"],
    expected: {
      train: {
        "a.jpg": [
          [box(10, 10, 50, 20), "A"],
          [box(10, 30, 50, 40), undefined, true]
        ]
      }
    }
  },
  {
    format: "icdar",
    about: "ICDAR 2015: corners, ###, a byte order mark, commas, splits by folder",
    files: {
      "ch4_training_localization_transcription_gt/gt_img_1.txt":
        "\ufeff37,11,46,11,46,13,37,13,Genaxis Theatre\r\n49,15,51,15,51,23,49,23,[06]\r\n37,61,46,61,46,63,37,63,###\r\n10,71,16,71,16,73,10,73,1,000.50, net\r\n",
      "ch4_test_localization_transcription_gt/gt_img_1.txt": "1,1,9,1,9,5,1,5,Joint\r\n"
    },
    pictures: ["ch4_training_images/img_1.jpg", "ch4_test_images/img_1.jpg"],
    expected: {
      train: {
        "img_1.jpg": [
          [box(37, 11, 46, 13), "Genaxis Theatre"],
          [box(49, 15, 51, 23), "[06]"],
          [box(37, 61, 46, 63), undefined, true],
          [box(10, 71, 16, 73), "1,000.50, net"]
        ]
      },
      test: { "img_1.jpg": [[box(1, 1, 9, 5), "Joint"]] }
    }
  },
  {
    format: "icdar",
    about: "ICDAR 2013: boxes with white space or commas, and a text in quotation marks",
    files: {
      "gt_100.txt": '38 43 92 71 "Tiredness"\n27 75 68 93 "kills 7"\n',
      "gt_img_2.txt": '38, 43, 92, 71, "Tiredness"\n'
    },
    pictures: ["100.jpg", "img_2.png"],
    expected: {
      train: {
        "100.jpg": [
          [box(38, 43, 92, 71), "Tiredness"],
          [box(27, 75, 68, 93), "kills 7"]
        ],
        "img_2.png": [[box(38, 43, 92, 71), "Tiredness"]]
      }
    }
  },
  {
    format: "icdar",
    about: "ICDAR 2017 MLT: a script before the text",
    files: { "gt_img_7.txt": "10,10,50,10,50,20,10,20,Latin,Rue,1\n10,30,50,30,50,40,10,40,None,###\n" },
    pictures: ["img_7.jpg"],
    expected: {
      train: {
        "img_7.jpg": [
          [box(10, 10, 50, 20), "Rue,1"],
          [box(10, 30, 50, 40), undefined, true]
        ]
      }
    }
  },
  {
    format: "icdar",
    about: "polygons: CTW1500 with texts, and numbers alone",
    files: {
      "gt_1001.txt":
        "10,10,30,8,50,10,50,20,30,18,10,20,####OPEN 24\n60,10,70,9,80,10,80,20,70,19,60,20,#######\n",
      "gt_1002.txt": "10,10,30,8,50,10,50,20,30,18,10,20\n"
    },
    pictures: ["1001.jpg", "1002.jpg"],
    expected: {
      train: {
        "1001.jpg": [
          [
            [
              [10, 10],
              [30, 8],
              [50, 10],
              [50, 20],
              [30, 18],
              [10, 20]
            ],
            "OPEN 24"
          ],
          [
            [
              [60, 10],
              [70, 9],
              [80, 10],
              [80, 20],
              [70, 19],
              [60, 20]
            ],
            undefined,
            true
          ]
        ],
        "1002.jpg": [
          [
            [
              [10, 10],
              [30, 8],
              [50, 10],
              [50, 20],
              [30, 18],
              [10, 20]
            ]
          ]
        ]
      }
    }
  },
  {
    format: "sroie",
    about: "SROIE: boxes beside pictures",
    files: {
      "0325updated.task1train(626p)/X51005255805.txt":
        "72,25,126,25,126,64,72,64,TAN WOON YANN\n50,72,140,72,140,87,50,87,NO.3, JALAN 1,234\n",
      "README.txt": "These are receipts.\n"
    },
    pictures: ["0325updated.task1train(626p)/X51005255805.jpg"],
    expected: {
      train: {
        "X51005255805.jpg": [
          [box(72, 25, 126, 64), "TAN WOON YANN"],
          [box(50, 72, 140, 87), "NO.3, JALAN 1,234"]
        ]
      }
    }
  },
  {
    format: "coco",
    about: "COCO: a polygon, a box, a crowd in run lengths, an attribute; splits by file",
    files: {
      "annotations/instances_train2017.json": json({
        info: { year: 2017 },
        licenses: [],
        images: [{ id: 9, file_name: "000000000009.jpg", width: 200, height: 100, license: 1 }],
        annotations: [
          {
            id: 1,
            image_id: 9,
            category_id: 1,
            bbox: [10, 10, 40, 10],
            area: 400,
            iscrowd: 0,
            segmentation: [[10, 10, 50, 12, 50, 20, 10, 18]]
          },
          {
            id: 2,
            image_id: 9,
            category_id: 1,
            bbox: [10, 30, 40, 10],
            area: 400,
            iscrowd: 1,
            segmentation: { counts: [3, 4], size: [100, 200] }
          },
          {
            id: 3,
            image_id: 9,
            category_id: 1,
            bbox: [10, 50, 40, 10.5],
            area: 420,
            iscrowd: 0,
            segmentation: [],
            attributes: { transcription: "Bus", occluded: false }
          }
        ],
        categories: [{ id: 1, name: "text" }]
      }),
      "annotations/instances_val2017.json": json({
        images: [{ id: 1, file_name: "000000000001.jpg" }],
        annotations: []
      })
    },
    pictures: ["train2017/000000000009.jpg", "val2017/000000000001.jpg"],
    expected: {
      train: {
        "000000000009.jpg": [
          [
            [
              [10, 10],
              [50, 12],
              [50, 20],
              [10, 18]
            ]
          ],
          [box(10, 30, 50, 40), undefined, true],
          [box(10, 50, 50, 60.5), "Bus"]
        ]
      },
      val: { "000000000001.jpg": [] }
    }
  },
  {
    format: "coco_text",
    about: "COCO-Text 2: masks, legibility, sets",
    files: {
      "cocotext.v2.json": json({
        cats: {},
        anns: {
          "45346": {
            mask: [10, 10, 50, 10, 50, 20, 10, 20],
            class: "machine printed",
            bbox: [10, 10, 40, 10],
            image_id: 217925,
            id: 45346,
            language: "english",
            area: 400,
            utf8_string: "try",
            legibility: "legible"
          },
          "45347": {
            bbox: [10, 30, 40, 10],
            class: "handwritten",
            image_id: 217925,
            id: 45347,
            legibility: "illegible"
          }
        },
        imgs: {
          "217925": {
            id: 217925,
            set: "train",
            width: 200,
            file_name: "COCO_train2014_000000217925.jpg",
            height: 100
          },
          "217926": {
            id: 217926,
            set: "val",
            width: 200,
            file_name: "COCO_train2014_000000217926.jpg",
            height: 100
          }
        },
        imgToAnns: { "217925": [45346, 45347], "217926": [] }
      })
    },
    pictures: ["COCO_train2014_000000217925.jpg", "COCO_train2014_000000217926.jpg"],
    expected: {
      train: {
        "COCO_train2014_000000217925.jpg": [
          [box(10, 10, 50, 20), "try"],
          [box(10, 30, 50, 40), undefined, true]
        ]
      },
      val: { "COCO_train2014_000000217926.jpg": [] }
    }
  },
  {
    format: "labelme",
    about: "LabelMe: rectangle and polygon, classes and texts, a path from Windows",
    files: {
      "labels/a.json": json({
        version: "5.2.1",
        flags: {},
        shapes: [
          {
            label: "text",
            points: [
              [50, 20],
              [10, 10]
            ],
            group_id: null,
            description: "Total",
            shape_type: "rectangle",
            flags: {}
          },
          {
            label: "12.50",
            points: box(60, 10, 90, 20),
            group_id: null,
            description: "",
            shape_type: "polygon",
            flags: {}
          },
          { label: "###", points: box(10, 30, 50, 40), group_id: null, shape_type: "polygon", flags: {} },
          {
            label: "word",
            points: box(10, 50, 50, 60),
            group_id: null,
            shape_type: "polygon",
            flags: { illegible: true }
          }
        ],
        imagePath: "..\\images\\a.jpg",
        imageData: null,
        imageHeight: 100,
        imageWidth: 200
      })
    },
    pictures: ["images/a.jpg"],
    expected: {
      train: {
        "a.jpg": [
          [box(10, 10, 50, 20), "Total"],
          [box(60, 10, 90, 20), "12.50"],
          [box(10, 30, 50, 40), undefined, true],
          [box(10, 50, 50, 60), undefined, true]
        ]
      }
    }
  },
  {
    format: "labelstudio",
    about:
      "Label Studio: per cent, a turned rectangle, texts by id, an uploaded picture, a cancelled annotation",
    files: {
      "project-1-at-2024-05-06.json": json([
        {
          id: 1,
          data: { ocr: "/data/upload/1/1a2b3c4d-receipt.jpg" },
          annotations: [
            { id: 7, was_cancelled: true, result: [] },
            {
              id: 8,
              was_cancelled: false,
              result: [
                {
                  id: "A",
                  type: "rectangle",
                  from_name: "bbox",
                  to_name: "image",
                  original_width: 200,
                  original_height: 100,
                  image_rotation: 0,
                  value: { x: 5, y: 10, width: 20, height: 10, rotation: 0 }
                },
                {
                  id: "A",
                  type: "labels",
                  from_name: "label",
                  to_name: "image",
                  original_width: 200,
                  original_height: 100,
                  image_rotation: 0,
                  value: { x: 5, y: 10, width: 20, height: 10, rotation: 0, labels: ["Text"] }
                },
                {
                  id: "A",
                  type: "textarea",
                  from_name: "transcription",
                  to_name: "image",
                  original_width: 200,
                  original_height: 100,
                  image_rotation: 0,
                  value: { x: 5, y: 10, width: 20, height: 10, rotation: 0, text: ["Total"] }
                },
                {
                  id: "B",
                  type: "rectanglelabels",
                  from_name: "label",
                  to_name: "image",
                  original_width: 200,
                  original_height: 100,
                  image_rotation: 0,
                  value: { x: 50, y: 10, width: 20, height: 20, rotation: 90, rectanglelabels: ["Illegible"] }
                },
                {
                  id: "C",
                  type: "polygonlabels",
                  from_name: "label",
                  to_name: "image",
                  original_width: 200,
                  original_height: 100,
                  image_rotation: 0,
                  value: {
                    points: [
                      [5, 50],
                      [25, 50],
                      [25, 60]
                    ],
                    polygonlabels: ["Text"]
                  }
                }
              ]
            }
          ],
          predictions: []
        }
      ])
    },
    pictures: ["receipt.jpg"],
    expected: {
      train: {
        "receipt.jpg": [
          [box(10, 10, 50, 20), "Total"],
          [
            [
              [100, 10],
              [100, 50],
              [80, 50],
              [80, 10]
            ],
            undefined,
            true
          ],
          [
            [
              [10, 50],
              [50, 50],
              [50, 60]
            ]
          ]
        ]
      }
    }
  },
  {
    format: "paddleocr",
    about: "PaddleOCR: a label file, ### and *, PPOCRLabel's difficult",
    files: {
      "train_icdar2015_label.txt": `icdar_c4_train_imgs/img_61.jpg\t${JSON.stringify([
        { transcription: "MASA", points: box(10, 10, 50, 20) },
        { transcription: "###", points: box(10, 30, 50, 40) },
        { transcription: "*", points: box(10, 50, 50, 60) },
        { transcription: "x", points: box(10, 70, 50, 80), difficult: true }
      ])}\n`,
      "test_icdar2015_label.txt": "ch4_test_images/img_1.jpg\t[]\n"
    },
    pictures: ["icdar_c4_train_imgs/img_61.jpg", "ch4_test_images/img_1.jpg"],
    expected: {
      train: {
        "img_61.jpg": [
          [box(10, 10, 50, 20), "MASA"],
          [box(10, 30, 50, 40), undefined, true],
          [box(10, 50, 50, 60), undefined, true],
          [box(10, 70, 50, 80), "x", true]
        ]
      },
      test: { "img_1.jpg": [] }
    }
  },
  {
    format: "doctr",
    about: "docTR: without and with classes",
    files: {
      "train/labels.json": json({
        "sample_img_01.png": {
          img_dimensions: [200, 100],
          img_hash: "theimagedumpmd5",
          polygons: [box(10, 10, 50, 20)]
        }
      }),
      "val/labels.json": json({
        "sample_img_02.png": { polygons: { words: [box(10, 10, 50, 20)], dates: [box(10, 30, 50, 40)] } }
      })
    },
    pictures: ["train/images/sample_img_01.png", "val/images/sample_img_02.png"],
    expected: {
      train: { "sample_img_01.png": [[box(10, 10, 50, 20)]] },
      val: { "sample_img_02.png": [[box(10, 10, 50, 20)], [box(10, 30, 50, 40)]] }
    }
  },
  {
    format: "page",
    about: "PAGE of Transkribus: words, and a line that has none",
    files: { "page/0001_letter.xml": pageXml, "mets.xml": "<mets/>" },
    pictures: ["0001_letter.jpg"],
    expected: {
      train: {
        "0001_letter.jpg": [
          [box(10, 10, 50, 25), "Dear"],
          [box(60, 10, 110, 25), "Sin & son"],
          [box(10, 30, 110, 45), undefined, true]
        ]
      }
    }
  },
  {
    format: "page_lines",
    about: "PAGE by lines",
    named: true,
    files: { "page/0001_letter.xml": pageXml },
    pictures: ["0001_letter.jpg"],
    expected: {
      train: {
        "0001_letter.jpg": [
          [
            [
              [10, 10],
              [60, 8],
              [110, 10],
              [110, 25],
              [10, 25]
            ],
            "Dear Sin & son"
          ],
          [box(10, 30, 110, 45), undefined, true]
        ]
      }
    }
  },
  {
    format: "page",
    about: "PAGE of 2010: points as elements",
    files: {
      "b.xml":
        '<PcGts xmlns="http://schema.primaresearch.org/PAGE/gts/pagecontent/2010-03-19"><Page imageFilename="b.tif" imageWidth="200" imageHeight="100"><TextRegion id="r0"><TextLine id="l0"><Coords><Point x="10" y="10"/><Point x="50" y="10"/><Point x="50" y="20"/></Coords></TextLine></TextRegion></Page></PcGts>'
    },
    pictures: ["b.tif"],
    expected: {
      train: {
        "b.tif": [
          [
            [
              [10, 10],
              [50, 10],
              [50, 20]
            ]
          ]
        ]
      }
    }
  },
  {
    format: "alto",
    about: "ALTO 4: words, one with a shape",
    files: { "alto/bsb0001.xml": altoXml },
    pictures: ["scans/bsb0001.jpg"],
    expected: {
      train: {
        "bsb0001.jpg": [
          [box(10, 10, 50, 25), "Anno"],
          [
            [
              [55.5, 10],
              [110, 12],
              [110, 25],
              [55.5, 25]
            ],
            "1<2"
          ]
        ]
      }
    }
  },
  {
    format: "alto_lines",
    about: "ALTO 4 by lines",
    named: true,
    files: { "alto/bsb0001.xml": altoXml },
    pictures: ["scans/bsb0001.jpg"],
    expected: { train: { "bsb0001.jpg": [[box(10, 10, 110, 25), "Anno 1<2"]] } }
  },
  {
    format: "csv",
    about: "CSV: polygons, quotes, a picture without regions",
    files: {
      "labels.csv":
        'filename,polygon,transcription,illegible\r\na.jpg,10 10 50 10 50 20 10 20,"Say ""a, b""",false\r\na.jpg,10 30 50 30 50 40 10 40,,true\r\nb.jpg,,,\r\n'
    },
    pictures: ["a.jpg", "b.jpg"],
    expected: {
      train: {
        "a.jpg": [
          [box(10, 10, 50, 20), 'Say "a, b"'],
          [box(10, 30, 50, 40), undefined, true]
        ],
        "b.jpg": []
      }
    }
  },
  {
    format: "csv",
    about: "CSV with boxes",
    files: { "boxes.csv": "image,xmin,ymin,xmax,ymax,text\na.jpg,10,10,50,20,Hi\n" },
    pictures: ["a.jpg"],
    expected: { train: { "a.jpg": [[box(10, 10, 50, 20), "Hi"]] } }
  }
]
