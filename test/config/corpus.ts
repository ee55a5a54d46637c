/** Texts to start fuzzing from: one of each form that the readers know. */

export const overrides: ReadonlyArray<string> = [
  "trainer.max_epochs=10",
  "+trainer.devices=1",
  "++a.b.0=null",
  "~callbacks",
  "~a.b=3",
  "model@teacher=dbnet",
  "hydra/launcher=basic",
  "db@=mysql",
  "key=",
  "key= spaced out ",
  "lr=1e-3,3e-4,1_000.5",
  "path=/data/receipts/*.jpg",
  "url=http\\://host/a\\=b",
  "text='it\\'s, quoted'",
  'text="ends in a backslash\\\\"',
  "list=[1,[2.5,true],{a:b}]",
  "dict={1:one,true:yes,null:none,x y:'z'}",
  "seed=range(1,10,2)",
  "seed=sort(range(10),reverse=true)",
  "lr=interval(1e-5,1e-2)",
  "model=glob([db*,c?],exclude=[*_old])",
  "n=tag(big,shuffle(choice(1,2,3)))",
  "n=int([1.5,'2',true])",
  "s=str(choice(1,2.0,false))",
  "x=${oc.env:HOME,'/tmp'}/${model.name}",
  "x=-inf",
  "x=NaN",
  "x=0123",
  "x=9007199254740993"
]

export const yaml: ReadonlyArray<string> = [
  "defaults:\n  - _self_\n  - model: dbnet\n  - override /data@train: receipts\nlr: 1e-3\n",
  "# @package _global_\na: yes\nb: off\nc: 0o17\nd: 0x1F\ne: 1:30\nf: .5\ng: 1e3\nh: 1.e+3\n",
  "list:\n- 1\n- [a, {b: c}]\n-\n  - nested\nempty: {}\nnone:\n",
  "text: \"a \\u00e9 \\x41 \\\n  folded\"\nsingle: 'it''s'\n",
  "literal: |\n  one\n   two\n\nfolded: >-\n  one\n  two\n",
  "base: &base {a: 1}\nuse: *base\nmerged:\n  <<: *base\n  b: 2\n",
  "? complex\n: value\n1: int\n1.5: float\ntrue: bool\nnull: none\n",
  "ref: ${a.b}\nenv: ${oc.env:HOME,null}\nmissing: ???\n",
  "---\na: !!str 1\n...\n",
  "'key with: colon': \"tab\\there\"\n"
]

export const interpolations: ReadonlyArray<string> = [
  "${a.b.c}",
  "${.x}",
  "${..y[0].z}",
  "pre ${a} mid ${b} post",
  "${oc.env:HOME}",
  "${oc.env:HOME,'def, ault'}",
  "${f:[1,2,{a:b}],null,1e3,${nested:${deep}}}",
  "\\${escaped} \\\\${not}",
  '${f:"quo\\"ted ${x}"}',
  "${now:%Y-%m-%d}",
  "${list[${i}]}"
]

/** Documents whose interpolations refer to each other. */
export const resolutions: ReadonlyArray<string> = [
  "a: 1\nb: ${a}\nc: {d: ${..b}, e: '${.d}-${oc.env:HOME}'}\n",
  "l: [1, '${l[0]}', '${.1}']\nm: ${l.2}\n",
  "a: ${b}\nb: ${c}\nc: ${a}\n",
  "x: ${oc.select:y,z}\ny: ${oc.decode:'[1,{a:2}]'}\nz: ${oc.create:{a:'${x}'}}\n",
  "k: ${oc.dict.keys:d}\nv: ${oc.dict.values:d}\nd: {p: ${.q}, q: '???'}\n",
  "o: ${oc.deprecated:n}\nn: ${oc.env:NOPE,null}\nt: ${now:%H}\nh: ${hydra:job.name}\n",
  "n: ${${w}.${u:v}}\nw: n\nself: ${self}\nin: {in: ${in}}\n"
]

/** What a reader that is not linear, or that recurses without bound, would choke on, `size` units long each. */
export const hostile = (size: number): ReadonlyArray<string> =>
  [
    ..."[ {a: f( ${ ' \" \\ \\' '\\ a, 1_ - ${a: ${${ ? !! ${f:[ ${f:{a: x' - # &a *a | > 9 x= ~ @ / a.".split(
      " "
    ),
    " ",
    " ,",
    "&a [*a,",
    "- ",
    "a: ",
    "> \n",
    "- - ",
    "\t",
    "\n",
    "a:\n",
    "é",
    "*a ",
    "- *a\n"
  ].flatMap((unit) => {
    const text = unit.repeat(size)
    return [text, `key=${text}`, `key=${text}}])'"`]
  })
