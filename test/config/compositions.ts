/**
 * Small compositions, each about one rule. Config.compositions.test.ts runs them always; test/hydra/compare.ts asks the
 * real Hydra about them, so that what stands here as expected is what Hydra says.
 */
export interface Composition {
  readonly about: string
  /** Texts by path below the config folder, without `.yaml`; `config` is the primary one. */
  readonly files: Readonly<Record<string, string>>
  readonly overrides?: ReadonlyArray<string>
  /** The configuration as YAML, or the tag of the error and a part of its message. */
  readonly yaml?: string
  readonly error?: readonly [tag: string, part: string]
}

const db = {
  "db/mysql": "driver: mysql\nport: 3306\n",
  "db/sqlite": "driver: sqlite\nfile: test.db\n"
}

const order: ReadonlyArray<Composition> = [
  {
    about: "a list without _self_ has it at its end",
    files: { ...db, config: "defaults:\n  - db: mysql\ndb: {port: 1}\n" },
    yaml: "db:\n  driver: mysql\n  port: 1\n"
  },
  {
    about: "what stands after _self_ wins over the config itself",
    files: { ...db, config: "defaults:\n  - _self_\n  - db: mysql\ndb: {port: 1, user: root}\n" },
    yaml: "db:\n  port: 3306\n  user: root\n  driver: mysql\n"
  },
  {
    about: "mappings are merged, lists and values replaced",
    files: {
      config: "defaults: [one, two, _self_]\n",
      one: "a: {x: 1, y: [1, 2]}\nb: [1, 2, 3]\n",
      two: "a: {y: [3]}\nb: []\nc: 1\n"
    },
    yaml: "a:\n  x: 1\n  'y':\n  - 3\nb: []\nc: 1\n"
  },
  {
    about: "null takes a value's place, ??? leaves it",
    files: { config: "defaults: [one, _self_]\na: null\nb: ???\n", one: "a: 1\nb: 2\n" },
    yaml: "a: null\nb: 2\n"
  },
  {
    about: "an empty file is an empty config",
    files: { config: "defaults: [one, _self_]\na: 1\n", one: "# nothing\n" },
    yaml: "a: 1\n"
  },
  {
    about: "_self_ twice is refused",
    files: { config: "defaults: [_self_, _self_]\n" },
    error: ["DefaultsInvalid", "_self_ appears twice"]
  }
]

const choices: ReadonlyArray<Composition> = [
  {
    about: "an override chooses another option",
    files: { ...db, config: "defaults:\n  - db: mysql\n" },
    overrides: ["db=sqlite"],
    yaml: "db:\n  driver: sqlite\n  file: test.db\n"
  },
  {
    about: "null offers a group without choosing",
    files: { ...db, config: "defaults:\n  - db: null\na: 1\n" },
    yaml: "a: 1\n"
  },
  {
    about: "what null offers can be chosen",
    files: { ...db, config: "defaults:\n  - db: null\na: 1\n" },
    overrides: ["db=mysql"],
    yaml: "db:\n  driver: mysql\n  port: 3306\na: 1\n"
  },
  {
    about: "+ adds a group that no list offers, after the primary config",
    files: { ...db, config: "db: {port: 1}\n" },
    overrides: ["+db=mysql"],
    yaml: "db:\n  port: 3306\n  driver: mysql\n"
  },
  {
    about: "a group that no list offers needs +",
    files: { ...db, config: "a: 1\n" },
    overrides: ["db=mysql"],
    error: ["OverrideRefused", "+db=mysql"]
  },
  {
    about: "a group that a list offers takes no +",
    files: { ...db, config: "defaults:\n  - db: mysql\n" },
    overrides: ["+db=sqlite"],
    error: ["DefaultsInvalid", "db"]
  },
  {
    about: "~ takes a group out of the list",
    files: { ...db, config: "defaults:\n  - db: mysql\na: 1\n" },
    overrides: ["~db"],
    yaml: "a: 1\n"
  },
  {
    about: "~ with the option that is chosen",
    files: { ...db, config: "defaults:\n  - db: mysql\na: 1\n" },
    overrides: ["~db=mysql"],
    yaml: "a: 1\n"
  },
  {
    about: "~ with another option than the chosen one is refused",
    files: { ...db, config: "defaults:\n  - db: mysql\n" },
    overrides: ["~db=sqlite"],
    error: ["OverrideRefused", "~db=sqlite"]
  },
  {
    about: "an option that is not there is refused",
    files: { ...db, config: "defaults:\n  - db: postgres\n" },
    error: ["ConfigNotFound", "conf/config.yaml:2:9"]
  },
  {
    about: "optional leaves out what is not there",
    files: { ...db, config: "defaults:\n  - optional db: postgres\n  - db2: null\na: 1\n" },
    yaml: "a: 1\n"
  },
  {
    about: "??? asks for a choice",
    files: { ...db, config: "defaults:\n  - db: ???\n" },
    error: ["ChoiceMissing", "mysql"]
  },
  {
    about: "several options of one group, in order",
    files: { ...db, config: "defaults:\n  - db: [mysql, sqlite]\n" },
    yaml: "db:\n  driver: sqlite\n  port: 3306\n  file: test.db\n"
  },
  {
    about: "several options by an override",
    files: { ...db, config: "defaults:\n  - db: [mysql]\n" },
    overrides: ["db=[sqlite,mysql]"],
    yaml: "db:\n  driver: mysql\n  file: test.db\n  port: 3306\n"
  },
  {
    about: "a choice that is swept is refused outside of a multirun",
    files: { ...db, config: "defaults:\n  - db: mysql\n" },
    overrides: ["db=mysql,sqlite"],
    error: ["OverrideRefused", "db=mysql,sqlite"]
  }
]

const nested = {
  ...db,
  "server/apache": "defaults:\n  - db: mysql\n  - /tls: on\nname: apache\n",
  "server/db/mysql": "host: inner\n",
  "server/db/sqlite": "file: inner\n",
  "tls/on": "version: 1\n",
  "tls/off": "{}\n"
}

const nesting: ReadonlyArray<Composition> = [
  {
    about: "true is no name of an option",
    files: { ...nested, config: "defaults:\n  - server: apache\n", "tls/True": "version: 2\n" },
    error: ["DefaultsInvalid", ""]
  },
  {
    about: "nested groups go below their parent's package",
    files: {
      ...nested,
      "server/apache": "defaults:\n  - db: mysql\n  - /tls: 'on'\nname: apache\n",
      config: "defaults:\n  - server: apache\n"
    },
    yaml: "server:\n  db:\n    host: inner\n  tls:\n    version: 1\n  name: apache\n"
  },
  {
    about: "a nested choice is overridden by its full path",
    files: {
      ...nested,
      "server/apache": "defaults:\n  - db: mysql\nname: apache\n",
      config: "defaults:\n  - server: apache\n"
    },
    overrides: ["server/db=sqlite"],
    yaml: "server:\n  db:\n    file: inner\n  name: apache\n"
  },
  {
    about: "override in a list decides a group of an earlier entry; the list's own order holds",
    files: {
      ...db,
      config: "defaults:\n  - db: mysql\n  - experiment: null\nseed: 1\n",
      "experiment/fast":
        "# @package _global_\ndefaults:\n  - override /db: sqlite\nseed: 2\ndb: {file: fast.db}\n"
    },
    overrides: ["experiment=fast"],
    yaml: "db:\n  driver: sqlite\n  file: fast.db\nseed: 1\n"
  },
  {
    about: "an experiment added at the end wins over the primary config",
    files: {
      ...db,
      config: "defaults:\n  - db: mysql\nseed: 1\n",
      "experiment/fast":
        "# @package _global_\ndefaults:\n  - override /db: sqlite\nseed: 2\ndb: {file: fast.db}\n"
    },
    overrides: ["+experiment=fast"],
    yaml: "db:\n  driver: sqlite\n  file: fast.db\nseed: 2\n"
  },
  {
    about: "the command line wins over an override in a list",
    files: {
      ...db,
      config: "defaults:\n  - db: null\nseed: 1\n",
      "experiment/fast": "# @package _global_\ndefaults:\n  - override /db: sqlite\n"
    },
    overrides: ["+experiment=fast", "db=mysql"],
    yaml: "db:\n  driver: mysql\n  port: 3306\nseed: 1\n"
  },
  {
    about: "an override of what no list offers is refused",
    files: { ...db, config: "defaults:\n  - db: mysql\n  - override tls: x\n" },
    error: ["DefaultsInvalid", 'no "tls"']
  },
  {
    about: "an override before other entries is refused",
    files: { ...db, config: "defaults:\n  - override db: sqlite\n  - db: mysql\n" },
    error: ["DefaultsInvalid", "conf/config.yaml:2"]
  },
  {
    about: "a config that is listed twice is refused",
    files: { ...db, config: "defaults:\n  - db: mysql\n  - db: mysql\n" },
    error: ["DefaultsInvalid", "db"]
  },
  {
    about: "a config without a group, in its folder or from the root",
    files: {
      config: "defaults:\n  - base\n  - sub/inner\n",
      base: "a: 1\n",
      "sub/inner": "defaults:\n  - other\n  - /base@again\nb: 2\n",
      "sub/other": "c: 3\n"
    },
    yaml: "a: 1\nsub:\n  c: 3\n  again:\n    a: 1\n  b: 2\n"
  }
]

const packages: ReadonlyArray<Composition> = [
  {
    about: "a header gives the package",
    files: { config: "defaults:\n  - db: mysql\n", "db/mysql": "# @package store.main\nport: 1\n" },
    yaml: "store:\n  main:\n    port: 1\n"
  },
  {
    about: "_global_ is the root",
    files: { config: "defaults:\n  - db: mysql\n", "db/mysql": "# @package _global_\nport: 1\n" },
    yaml: "port: 1\n"
  },
  {
    about: "_group_ means nothing in a header",
    files: { config: "defaults:\n  - a/db: mysql\n", "a/db/mysql": "# @package _group_\nport: 1\n" },
    yaml: "_group_:\n  port: 1\n"
  },
  {
    about: "the list's package wins over the header's",
    files: { config: "defaults:\n  - db@main: mysql\n", "db/mysql": "# @package other\nport: 1\n" },
    yaml: "main:\n  port: 1\n"
  },
  {
    about: "one option in two packages, overridden one at a time",
    files: { ...db, config: "defaults:\n  - db@source: mysql\n  - db@target: mysql\n" },
    overrides: ["db@target=sqlite"],
    yaml: "source:\n  driver: mysql\n  port: 3306\ntarget:\n  driver: sqlite\n  file: test.db\n"
  },
  {
    about: "a group in another package does not answer to its bare name",
    files: { ...db, config: "defaults:\n  - db@source: mysql\n" },
    overrides: ["db=sqlite"],
    error: ["OverrideRefused", "Did you mean db@source?"]
  },
  {
    about: "_here_ is the package of the config that lists it",
    files: {
      ...db,
      config: "defaults:\n  - server: apache\n",
      "server/apache": "defaults:\n  - /db@_here_: mysql\nname: apache\n"
    },
    yaml: "server:\n  driver: mysql\n  port: 3306\n  name: apache\n"
  },
  {
    about: "a package in a nested list is below its config's package",
    files: {
      ...db,
      config: "defaults:\n  - server: apache\n",
      "server/apache": "defaults:\n  - /db@store: mysql\n  - /db@_global_.top: sqlite\n"
    },
    yaml: "server:\n  store:\n    driver: mysql\n    port: 3306\ntop:\n  driver: sqlite\n  file: test.db\n"
  },
  {
    about: "_group_ in a list's package",
    files: { ...db, config: "defaults:\n  - db@backup._group_: mysql\n" },
    yaml: "backup:\n  db:\n    driver: mysql\n    port: 3306\n"
  },
  {
    about: "a group is added into a package",
    files: { ...db, config: "a: 1\n" },
    overrides: ["+db@x.y=sqlite"],
    yaml: "a: 1\nx:\n  'y':\n    driver: sqlite\n    file: test.db\n"
  },
  {
    about: "a header after a comment is a comment",
    files: { config: "defaults:\n  - db: mysql\n", "db/mysql": "# MySQL.\n# @package _global_\nport: 1\n" },
    yaml: "db:\n  port: 1\n"
  }
]

const interpolated: ReadonlyArray<Composition> = [
  {
    about: "an option takes its name from other choices",
    files: {
      config: "defaults:\n  - db: mysql\n  - os: linux\n  - tuning: ${db}_${os}\n",
      "db/mysql": "x: 1\n",
      "os/linux": "y: 1\n",
      "os/mac": "z: 1\n",
      "tuning/mysql_linux": "a: 1\n",
      "tuning/mysql_mac": "a: 2\n"
    },
    overrides: ["os=mac"],
    yaml: "db:\n  x: 1\nos:\n  z: 1\ntuning:\n  a: 2\n"
  },
  {
    about: "choices of other groups only",
    files: { ...db, config: "defaults:\n  - db: ${name}\nname: mysql\n" },
    error: ["DefaultsInvalid", "name"]
  },
  {
    about: "an interpolated option that is not there",
    files: { ...db, config: "defaults:\n  - db: mysql\n  - tuning: ${db}\n" },
    error: ["ConfigNotFound", "tuning/mysql"]
  },
  {
    about: "optional and interpolated",
    files: { ...db, config: "defaults:\n  - db: mysql\n  - optional tuning: ${db}\n" },
    yaml: "db:\n  driver: mysql\n  port: 3306\n"
  }
]

const values: ReadonlyArray<Composition> = [
  {
    about: "values of all kinds",
    files: { config: "a: {x: 1, y: 2}\nc: 3\n" },
    overrides: ["a.x=1e-3", "+a.z.w='1'", "~a.y", "++c=[1,2]", "++d={k:null}", "+e=on", "+f=True", "+g=1_0"],
    yaml: "a:\n  x: 0.001\n  z:\n    w: '1'\nc:\n- 1\n- 2\nd:\n  k: null\ne: 'on'\nf: true\ng: 10\n"
  },
  {
    about: "a key that is not there needs +",
    files: { config: "a: {x: 1}\n" },
    overrides: ["a.y=1"],
    error: ["OverrideRefused", "+a.y=1"]
  },
  {
    about: "a key below a value cannot be set",
    files: { config: "a: 1\n" },
    overrides: ["a.b=1"],
    error: ["OverrideRefused", "a.b"]
  },
  {
    about: "~ of a key that is not there",
    files: { config: "a: 1\n" },
    overrides: ["~b"],
    error: ["OverrideRefused", "~b"]
  },
  {
    about: "~ with a value that is not the key's",
    files: { config: "a: 1\n" },
    overrides: ["~a=2"],
    error: ["OverrideRefused", "~a=2"]
  },
  {
    about: "a mapping is merged onto a mapping",
    files: { config: "a: {x: 1, y: 1}\n" },
    overrides: ["a={x:2}", "+a={z:4}"],
    yaml: "a:\n  x: 2\n  'y': 1\n  z: 4\n"
  },
  {
    about: "a mapping that is merged without + brings no new keys",
    files: { config: "a: {x: 1}\n" },
    overrides: ["a={x:2,y:3}"],
    error: ["OverrideRefused", "a.y"]
  },
  {
    about: "the later of two overrides wins",
    files: { config: "a: 1\n" },
    overrides: ["a=2", "a=3"],
    yaml: "a: 3\n"
  },
  {
    about: "interpolations stay as they are",
    files: { config: "a: 1\nb: ${a}\nc: x-${b}\n" },
    overrides: ["a=2", "+d=${.a}", "+e='${c}'"],
    yaml: "a: 2\nb: ${a}\nc: x-${b}\nd: ${.a}\ne: ${c}\n"
  },
  {
    about: "mappings and lists do not merge",
    files: { config: "defaults: [one, _self_]\na: [1]\n", one: "a: {x: 1}\n" },
    error: ["MergeRefused", "conf/config.yaml:2:4"]
  },
  {
    about: "a mapping takes the place of a value",
    files: { config: "defaults: [one, _self_]\na: {x: 1}\n", one: "a: 1\n" },
    yaml: "a:\n  x: 1\n"
  }
]

const runs: ReadonlyArray<Composition> = [
  {
    about: "the run's own groups are chosen like others",
    files: {
      config:
        "defaults:\n  - override hydra/job_logging: disabled\na: ${hydra:runtime.choices.hydra/job_logging}\n"
    },
    yaml: "a: ${hydra:runtime.choices.hydra/job_logging}\n"
  },
  {
    about: "an unknown option of the run's own groups",
    files: { config: "a: 1\n" },
    overrides: ["hydra/job_logging=loud"],
    error: ["ConfigNotFound", "hydra/job_logging/loud"]
  },
  {
    about: "an unknown key of the run's own configuration",
    files: { config: "hydra: {run: {dri: x}}\n" },
    error: ["KeyRefused", "dri"]
  },
  {
    about: "a value of another type than the run's own configuration has",
    files: { config: "hydra: {job: {chdir: maybe}}\n" },
    error: ["ValueRefused", "chdir"]
  },
  {
    about: "a search path in a config that is not the primary one",
    files: {
      config: "defaults:\n  - sub: one\n",
      "sub/one": "# @package _global_\nhydra: {searchpath: [x]}\n"
    },
    error: ["DefaultsInvalid", "hydra.searchpath"]
  }
]

export const sections: Readonly<Record<string, ReadonlyArray<Composition>>> = {
  order,
  choices,
  nesting,
  packages,
  interpolated,
  values,
  runs
}
