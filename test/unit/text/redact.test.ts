import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { MASK, redactEntry, redactKnown, redactText, redactValue, secretValues } from '../../../src/text/redact.ts';
import { SECRET_KEYS } from '../../helpers/planted-keys.ts';

describe('redactEntry', () => {
  it.each([
    ['database.password', 'geheim', MASK],
    ['database.password', '${DB_PASSWORD}', '${DB_PASSWORD}'],
    ['database.password', '${vault:secret/db#password}', '${vault:secret/db#password}'],
    ['database.password', '${PW:?geheim}', MASK],
    ['database.password', '${PW-geheim}', MASK],
    ['database.password', '${aws-sm:path:key}', '${aws-sm:path:key}'],
    ['database.password', '', ''],
    [
      'connection.url',
      'jdbc:postgresql://h/db?user=a&password=geheim&ssl=true',
      `jdbc:postgresql://h/db?user=a&password=${MASK}&ssl=true`,
    ],
    [
      'connection.url',
      'jdbc:sqlserver://h:1433;databaseName=x;password=geheim;encrypt=true',
      `jdbc:sqlserver://h:1433;databaseName=x;password=${MASK};encrypt=true`,
    ],
    [
      'mongodb.connection.string',
      'mongodb://u:geheim@h1,h2/?replicaSet=rs',
      `mongodb://u:${MASK}@h1,h2/?replicaSet=rs`,
    ],
    ['mongodb.connection.string', 'mongodb://u:ge "he im@h1,h2', `mongodb://u:${MASK}@h1,h2`],
    ['mongodb.connection.string', 'geheim', MASK],
    ['mongodb.connection.string', 'u:geheim', MASK],
    ['mongodb.connection.string', 'rs0/u:geheim@a:27017', MASK],
    ['mongodb.connection.string', 'rs0/a:27017,b.example:27018', 'rs0/a:27017,b.example:27018'],
    ['database.password', 'rs0/a:27017', MASK],
    ['url', 'postgres://u:a@b@host/db', `postgres://u:${MASK}@host/db`],
    ['topic.prefix', 'shop', 'shop'],
  ])('%s = %s', (key, value, shown) => expect(redactEntry(key, value)).toBe(shown));

  it('masks what the plugin types PASSWORD, under any name', () => {
    expect(redactEntry('pin', '1234', (key) => key === 'pin')).toBe(MASK);
  });
});

describe('redactText', () => {
  it('masks a config that an error body echoes', () => {
    const body = 'Could not parse {"connector.class": "x", "database.password": "geheim", "database.user": "u"}';
    expect(redactText(body)).not.toContain('geheim');
    expect(redactText(body)).toContain('"database.user": "u"');
  });

  it.each([
    ['a line of properties that goes on', 'password=ge\\\n    heim\nuser=u', `password=${MASK}\nuser=u`],
    ['one of Windows', 'password=ge\\\r\n\theim\r\nuser=u', `password=${MASK}\r\nuser=u`],
    ['one that starts after the backslash', 'password=\\\n  geheim', `password=${MASK}`],
    ['one in JSON', JSON.stringify('password=ge\\\n  heim\nuser=u'), `"password=${MASK}"`],
    [
      'one in JSON in JSON',
      JSON.stringify(JSON.stringify('password=ge\\\n\theim\nuser=u')),
      `"\\"password=${MASK}\\\\nuser=u\\""`,
    ],
    [
      'quotes of HTML',
      '&quot;password&quot;:&quot;ge heim&quot;,&quot;u&quot;',
      `&quot;password&quot;:&quot;${MASK}&quot;,&quot;u&quot;`,
    ],
    ['quotes of HTML, as numbers', 'password=&#34;ge heim&#34; x', `password=&#34;${MASK}&#34; x`],
    [
      'quotes of HTML, escaped twice',
      '&amp;quot;pwd&amp;quot;: &amp;quot;ge heim&amp;quot;',
      `&amp;quot;pwd&amp;quot;: &amp;quot;${MASK}&amp;quot;`,
    ],
    ['a doubled quote', "password='ge''heim' user=u", `password='${MASK}' user=u`],
    ['a quote in the shell', "export PASSWORD='ge'\\''heim' USER=u", `export PASSWORD='${MASK}' USER=u`],
    ['no text', "password='' user='u'", "password='' user='u'"],
    ['a map of Java with spaces in a value', '{a=1, password=ge he im, b=2}', `{a=1, password=${MASK}, b=2}`],
    ['the last of a map of Java', '{password=ge heim} failed', `{password=${MASK}} failed`],
    ['a list in a sentence', 'with user=u, password=geheim it fails', `with user=u, password=${MASK} it fails`],
    ['a quote in the password of a URL', "at mongodb://u:ge'heim@h/db: no", `at mongodb://u:${MASK}@h/db: no`],
    ['a URL in single quotes', "'http://h:80/a' 'x@y'", "'http://h:80/a' 'x@y'"],
    [
      'a name in other letters',
      '{"name":"пароль_password","value":"geheim"}',
      `{"name":"пароль_password","value":"${MASK}"}`,
    ],
  ])('masks the whole value: %s', (_what, text, shown) => expect(redactText(text)).toBe(shown));

  it('masks a config that Java prints as a map', () => {
    expect(redactText('{database.password=geheim, name=x}')).toBe(`{database.password=${MASK}, name=x}`);
  });

  it.each([
    'sluice.yaml: databases.shop.password: the variable X is not set',
    'connection.password: must be set',
    "password: '' is empty",
  ])('does not change prose: %s', (text) => expect(redactText(text)).toBe(text));

  it('leaves a reference readable', () => {
    expect(redactText('database.password=${DB_PASSWORD}')).toBe('database.password=${DB_PASSWORD}');
  });

  it('masks JAAS options', () => {
    expect(redactText('…PlainLoginModule required username="u" password="ge\\"heim";')).not.toContain('heim');
  });
});

describe('forms of credentials', () => {
  const hidden = 'hunter2';
  it.each([
    ['Oracle', 'jdbc:oracle:thin:scott/hunter2@//db:1521/x', `jdbc:oracle:thin:scott/${MASK}@//db:1521/x`],
    ['a default', 'mongodb://u:${PW:-hunter2}@db/', `mongodb://u:${MASK}@db/`],
    ['text beside a reference', 'mongodb://u:${PW}hunter2@db/', `mongodb://u:${MASK}@db/`],
    ['an @ in it', 'jdbc:oracle:thin:scott/hun@hunter2@//db:1521/x', `jdbc:oracle:thin:scott/${MASK}@//db:1521/x`],
    [
      'braces',
      'jdbc:sqlserver://db:1433;user=sa;password={hunter2;}}x};y=z',
      `jdbc:sqlserver://db:1433;user=sa;password=${MASK};y=z`,
    ],
    [
      'a name that is a value',
      '{"name":"database.password","value":"hunter2","errors":[]}',
      `{"name":"database.password","value":"${MASK}","errors":[]}`,
    ],
    [
      'the same in JSON in JSON',
      '{"x":"[{\\"key\\": \\"X-Api-Key\\", \\"value\\": \\"hunter2\\"}]"}',
      `{"x":"[{\\"key\\": \\"X-Api-Key\\", \\"value\\": \\"${MASK}\\"}]"}`,
    ],
    [
      'the same in Java',
      'ConfigValue(name=db.password, value=hunter2, errors=[])',
      `ConfigValue(name=db.password, value=${MASK}, errors=[])`,
    ],
    ['the same in XML', '<property name="password" value="hunter2"/>', `<property name="password" value="${MASK}"/>`],
    [
      'the same around it',
      '<property name="password">hunter2</property>',
      `<property name="password">${MASK}</property>`,
    ],
    ['an element', '<a><password>hunter2</password></a>', `<a><password>${MASK}</password></a>`],
    ['a line break before it', '{"password":\n  "hunter2"}', `{"password":\n  "${MASK}"}`],
    ["a default in a URL's property", 'jdbc:x://h?password=${PW:-hunter2}&a=b', `jdbc:x://h?password=${MASK}}&a=b`],
    ['text behind a reference', 'password=${PW}hunter2, x=${PW}', `password=${MASK}, x=\${PW}`],
    ['other forms of the shell', 'password=${PW:?hunter2} ${X}', `password=${MASK}} \${X}`],
    ["PostgreSQL's E", "ALTER USER u PASSWORD E'hunter2'", `ALTER USER u PASSWORD E'${MASK}'`],
    ['a call in SQL', "VIA ed25519 USING PASSWORD('hunter2')", `VIA ed25519 USING PASSWORD('${MASK}')`],
    ['SET PASSWORD', "SET PASSWORD FOR 'u'@'h' = 'hunter2'", `SET PASSWORD FOR 'u'@'h' = '${MASK}'`],
    [
      'PGP',
      '-----BEGIN PGP PRIVATE KEY BLOCK-----\nhunter2\n-----END PGP PRIVATE KEY BLOCK-----',
      `-----BEGIN PGP PRIVATE KEY BLOCK-----${MASK}-----END PGP PRIVATE KEY BLOCK-----`,
    ],
    ['a slash in a URL', 'http://op:hun/hunter2@HOST:8083/x', `http://op:${MASK}@HOST:8083/x`],
    ['marks in a URL', 'mongodb://root:a?b#hunter2@db/?replicaSet=rs0', `mongodb://root:${MASK}@db/?replicaSet=rs0`],
    ['digits and a slash', 'http://op:1234/hunter2@HOST', `http://op:${MASK}@HOST`],
    ['an arrow', "'db' => 'x', 'password' => 'hun, hunter2', y", `'db' => 'x', 'password' => '${MASK}', y`],
    [
      'an arrow without quotes',
      'user => "x", :password => hunter2, :y => 1',
      `user => "x", :password => ${MASK}, :y => 1`,
    ],
    ['an arrow without spaces', '"password"=>"hunter2"', `"password"=>"${MASK}"`],
    ['an arrow in JSON', '{"x":"{\\"password\\"=>\\"hunter2\\"}"}', `{"x":"{\\"password\\"=>\\"${MASK}\\"}"}`],
    ['a value with an angle', 'password=>hunter2', `password=${MASK}`],
    [
      'a quoted user of Oracle',
      'jdbc:oracle:thin:"scott"/hunter2@//db:1521/x',
      `jdbc:oracle:thin:"scott"/${MASK}@//db:1521/x`,
    ],
    ['both in quotes', 'jdbc:oracle:thin:"scott"/"hun@hunter2"@db', `jdbc:oracle:thin:"scott"/"${MASK}"@db`],
    [
      'the same in JSON',
      '{"url":"jdbc:oracle:thin:\\"scott\\"/hunter2@db:1521/x"}',
      `{"url":"jdbc:oracle:thin:\\"scott\\"/${MASK}@db:1521/x"}`,
    ],
    ['lines of YAML', 'a: 1\npassword: |\n  hun\n\n    hunter2\nuser: x', `a: 1\npassword: |\n  ${MASK}\nuser: x`],
    [
      'folded lines of YAML',
      'a:\n  "api.key": >-\r\n    hunter2\r\n  b: x',
      `a:\n  "api.key": >-\r\n    ${MASK}\r\n  b: x`,
    ],
    [
      'lines of YAML in a list',
      '- password: |2+ # x\n    hunter2\n  user: x',
      `- password: |2+ # x\n    ${MASK}\n  user: x`,
    ],
    ['lines of YAML behind dashes and words', '--- a password: |\n hunter2\nend', `--- a password: |\n ${MASK}\nend`],
    ['lines of YAML behind a word', 'read password: |\n  hunter2\nend', `read password: |\n  ${MASK}\nend`],
    [
      'a key in YAML that is not indented',
      'ssl.key.pem: |\n  -----BEGIN PRIVATE KEY-----\nhunter2\n-----END PRIVATE KEY-----\nx: y',
      `ssl.key.pem: |\n  ${MASK}\nx: y`,
    ],
    ['lines of YAML at the end', 'password: |\n\thunter2', `password: |\n\t${MASK}`],
    [
      'lines of YAML, less indented than the name is long',
      '"api.key": |\n hunter2\nx: y',
      `"api.key": |\n ${MASK}\nx: y`,
    ],
    ...[1, 2, 3].map((depth): [string, string, string] => {
      const inJson = (yaml: string) =>
        Array(depth)
          .fill(0)
          .reduce((text: string) => JSON.stringify(text), yaml);
      const yaml = (value: string) => `a: 1\r\nx:\n  - "api.key": |- # "y"\n      hun${value}\n  b: "c"\n`;
      return [
        `lines of YAML in JSON, ${depth} deep`,
        inJson(yaml('\n\n      hunter2')),
        inJson(yaml('')).replace('hun', MASK),
      ];
    }),
    [
      'lines of YAML at the start of a string that is indented',
      '    {"x": "password: |\\n  hunter2\\n", "y": 1}',
      `    {"x": "password: |\\n  ${MASK}\\n", "y": 1}`,
    ],
    [
      'lines of YAML that end with their string',
      '{"x": "password: |\\n\\thunter2", "y": 1}',
      `{"x": "password: |\\n\\t${MASK}", "y": 1}`,
    ],
    [
      'a key in YAML in JSON that is not indented',
      '"ssl.key.pem: |\\n  -----BEGIN PRIVATE KEY-----\\nhunter2\\n-----END PRIVATE KEY-----\\nx: y"',
      `"ssl.key.pem: |\\n  ${MASK}\\nx: y"`,
    ],
    [
      'a backslash in lines of YAML in JSON',
      JSON.stringify('password: >\n  hun\\nter\n  hunter2\nx: y'),
      `"password: >\\n  ${MASK}\\nx: y"`,
    ],
    ['no user', 'redis://:hunter2@cache:6379', `redis://:${MASK}@cache:6379`],
    ['a query', 'https://a.example/x?apikey=hunter2&page=2', `https://a.example/x?apikey=${MASK}&page=2`],
    ['a query, later', 'https://a.example/x?page=2&api_key=hunter2#top', undefined],
    ['JAAS', 'x.PlainLoginModule required username="u" password="hunter2";', undefined],
    ['JAAS with an escape', 'x.PlainLoginModule required password="a\\"hunter2";', undefined],
    ['a key', '-----BEGIN RSA PRIVATE KEY-----\nhunter2\n-----END RSA PRIVATE KEY-----', undefined],
    ['a key in one line', '"-----BEGIN PRIVATE KEY----- hunter2 -----END PRIVATE KEY-----"', undefined],
    ['a key that is cut', '-----BEGIN EC PRIVATE KEY-----\\nhunter2', undefined],
    ['Bearer', 'sent Bearer hunter2 to it', `sent Bearer ${MASK} to it`],
    ['Basic', 'Authorization: Basic hunter2==', `Authorization: ${MASK}`],
    ['a header of letters only', '"Authorization": "Bearer hunterhunter2"', undefined],
    ['JSON', '{"clientSecret":"hunter2","clientId":"x"}', `{"clientSecret":"${MASK}","clientId":"x"}`],
    ['JSON in JSON', JSON.stringify({ body: JSON.stringify({ password: 'a"hunter2', x: 1 }) }), undefined],
    [
      'JSON in JSON in JSON',
      JSON.stringify(JSON.stringify(JSON.stringify({ password: 'a"hunter2', x: 1 }))),
      undefined,
    ],
    ['JSON that is cut', '{"password":"hunter2', `{"password":"${MASK}`],
    ['Java', '{database.password=a,hunter2}b, name=x}', `{database.password=${MASK}, name=x}`],
    ['YAML', 'password: hunter2\nuser: x', `password: ${MASK}\nuser: x`],
    ['properties', 'database.password = hunter2&x', `database.password = ${MASK}`],
    ['a webhook', 'https://hooks.slack.com/services/T0/B0/hunter2', `https://hooks.slack.com/services/${MASK}`],
    ['a scheme in a value', 'token=Bearer hunter2', `token=${MASK}`],
    ['what SQL sets', "ALTER USER u PASSWORD 'a''hunter2'; x", `ALTER USER u PASSWORD '${MASK}'; x`],
    ['what MySQL sets', "CREATE USER u IDENTIFIED WITH x BY 'hunter2'", undefined],
    [
      "Kafka's word",
      'Invalid value hunter2 for configuration a.password: no',
      `Invalid value ${MASK} for configuration a.password: no`,
    ],
    ['a value that is no word', 'password: hunter2 user: u', `password: ${MASK} user: u`],
    ['a list', '"tokens": ["a", "hunter2"], "x": 1', `"tokens": ${MASK}, "x": 1`],
    ['an object', '{"credentials":{"a":{"b":"hunter2"}},"x":1}', `{"credentials":${MASK},"x":1}`],
    ['a signature of Azure', 'https://a.example/c?sp=r&sig=hunter2', `https://a.example/c?sp=r&sig=${MASK}`],
    ['a misspelt name', 'database.pasword=hunter2', `database.pasword=${MASK}`],
  ])('%s', (_what, text, shown) => {
    const masked = redactText(text);
    expect(masked).not.toContain(hidden);
    expect(masked).toContain(MASK);
    if (shown !== undefined) expect(masked).toBe(shown);
    expect(redactText(masked)).toBe(masked);
  });

  it.each([
    'http://127.0.0.1:8083/connectors/x answered 500',
    'localhost:9092,localhost:9093',
    'postgres://h:5432/db?user=a@tenant',
    'jdbc:sqlserver://db:1433;user=admin@tenant;encrypt=true',
    'https://a.example/path:with@signs',
    'Basic authentication failed',
    'a bearer of good news',
    'sasl.oauthbearer.token.endpoint.url=https://idp/token',
    'password=${file:/secrets:db}, name=x',
    '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
    'value.converter=org.apache.kafka.connect.json.JsonConverter',
    'rs0/host:27017',
    'mongodb://root:${PW}@db/?replicaSet=rs0',
    'postgres://${USER}:${file:/run/x:pw}@db/shop',
    'jdbc:oracle:thin:scott/${PW}@//db:1521/x',
    'Invalid value many for configuration tasks.max: not a number',
    "created by 'root'",
    'password: 8 characters at least',
    'http://u:${db-password}@h/',
    '{"name":"tasks.max","value":"3"}',
    'jdbc:oracle:thin:"scott"/${PW}@//db:1521/x',
    'url="jdbc:oracle:thin:", to="a/b@c"',
    'password: |\n  ${PW}\nuser: x',
    '"password: |\\n  ${PW}\\nuser: x"',
    'the user => "x", a => b',
    'The password: it must be set.\n  It is not set now.',
    '{"name":"database.password","value":null}',
    'Write <user>:<password> before the host, <b>as usual</b>.',
    '<init>(PasswordLogin.java)',
  ])('leaves %s as it is', (text) => expect(redactText(text)).toBe(text));
});

describe('a whole value', () => {
  it.each([
    ['shop:hunter2@db', `shop:${MASK}@db`],
    [' shop:hun@ter:2@db.example:5432/shop ', ` shop:${MASK}@db.example:5432/shop `],
    ['a.b:hunter2@h1,h2:27017/?x=y', `a.b:${MASK}@h1,h2:27017/?x=y`],
  ])('that is a URL without its scheme: %s', (value, shown) => expect(redactValue(value)).toBe(shown));

  it.each([
    ['postgres://u:a"b\'c<d>e`hunter2@h:5432/d', `postgres://u:${MASK}@h:5432/d`],
    ["jdbc:oracle:thin:u/a'hunter2@h:1521/x", `jdbc:oracle:thin:u/${MASK}@h:1521/x`],
    [
      'jdbc:sqlserver://h;user=u;password=my hunter2, x;encrypt=true',
      `jdbc:sqlserver://h;user=u;password=${MASK};encrypt=true`,
    ],
    ['jdbc:postgresql://h/d?user=u&password=a}}\\"hunter2 x', `jdbc:postgresql://h/d?user=u&password=${MASK}`],
    // Here the quotes enclose the URL.
    ['{"a":"http://u:hunter2@h/","b":"x@y"}', `{"a":"http://u:${MASK}@h/","b":"x@y"}`],
    ['{"a":"http://h/","b":"x@y"}', '{"a":"http://h/","b":"x@y"}'],
  ])('with any character in its password: %s', (value, shown) => expect(redactValue(value)).toBe(shown));

  it.each([
    'rs0/h1:27017,h2:27017',
    'mailto:someone@example.com',
    'jdbc:oracle:thin:@db:1521/x',
    'User:alice@REALM',
    'kafka/host@REALM',
    'someone@example.com',
    'orders:${topic}@x y',
    'shop:${PASSWORD}@db',
  ])('that is not a URL: %s', (value) => expect(redactValue(value)).toBe(value));
});

describe.each(SECRET_KEYS)('%s = %s', (key, pattern) => {
  const value = pattern.replace('§', 'qZ000hunter');

  it('is masked as an entry', () => expect(redactEntry(key, value)).not.toContain('hunter'));

  it('is a known value, or has one', () => {
    expect(redactKnown(`it said ${value}`, secretValues({ [key]: value }))).not.toContain('hunter');
  });

  // Where a URL with a blank ends nobody can tell in a sentence.
  if (key === 'url.space') return;
  it.each([
    ['a line of properties', `${key}=${value}`],
    ['a line of YAML', `${key}: ${value}`],
    ['JSON', JSON.stringify({ a: 1, [key]: value, b: 2 })],
    ['JSON in JSON', JSON.stringify(JSON.stringify({ a: 1, [key]: value, b: 2 }))],
    ["Java's map", `{name=x, ${key}=${value}, z=1}`],
    ['what Kafka says of it', `Invalid value ${value} for configuration ${key}: ${key}=${value} is not good`],
  ])('is masked in %s', (_what, text) => expect(redactText(text)).not.toContain('hunter'));
});

describe('known values', () => {
  it('are masked everywhere, in plain form and as written in URLs and JSON', () => {
    const secrets = ['hun"t/er', 'hun"t/er2', 'abc'];
    const text = `a hun"t/er2 b ${encodeURIComponent('hun"t/er')} c ${JSON.stringify('hun"t/er')} abc`;
    expect(redactKnown(text, secrets)).toBe(`a ${MASK} b ${MASK} c "${MASK}" abc`);
  });
});

/** What begins, ends or separates something. */
const SIGNS = [
  ...[
    '0123456789abcdef',
    'a=a=',
    'password=',
    'password=x ',
    'pw=x\n',
    'aaa:',
    'a://',
    'password: |\n',
    'password: |\n x\n',
    'password: |\\n x\\n',
    'password: |\\\\n',
    'password => ',
    'jdbc:oracle:thin:"a"/',
    'a://b:c@',
    'a://b:1/',
    '?a=',
    '<password>',
    'name="password">',
    'key=password,value=',
    "PASSWORD('",
    '@',
    ' ',
    '\n',
  ],
  ...[
    '-',
    '-----BEGIN ',
    '-----BEGIN PRIVATE KEY-----',
    '-----END',
    'basic ',
    'bearer x',
    '"password":"',
    '\\',
    'password=\\"',
  ],
  ...[
    '}',
    '{',
    '[',
    '[{"',
    ',a',
    'password={',
    '${',
    'password=${',
    '"',
    "'",
    "password '",
    "identified by '",
    'key',
    'Aa',
  ],
  ...[
    'jdbc:oracle:thin:a',
    'jdbc:oracle:thin:a/"',
    'Invalid value ',
    ' for configuration password',
    'aKeyB',
    'pasword',
  ],
];

/**
 * Of a size that reading a part again and again would take hours for, and reading once takes a moment: what ends at all is
 * linear, on any machine, however busy it is. How long it takes is measured by the benchmark.
 */
describe('a text of 5 MB', () => {
  const LENGTH = 5_000_000;
  const redactLong = (part: string, behind = '') =>
    redactText(`password=${part.repeat(LENGTH / part.length)}${behind}`);

  it.each(SIGNS)('of %j is read once', (sign) => {
    redactLong(sign);
  });

  it('of any signs is read once', { timeout: 300_000 }, () => {
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom(...SIGNS), { minLength: 2, maxLength: 5 }),
        fc.constantFrom(...SIGNS),
        (signs, behind) => {
          redactLong(signs.join(''), behind);
        },
      ),
      { numRuns: 60, endOnFailure: true },
    );
  });

  it('of names that are all different is read once', () => {
    let made = '';
    for (let count = 0; made.length < LENGTH; count++) made += `p${count.toString(36)}aswordKey${count}=x `;
    redactText(made);
  });
});

const secret = fc
  .stringMatching(/^[A-Za-z0-9!#%*+_-]{6,20}$/)
  .filter((text) => !MASK.includes(text) && !text.includes('password'));

describe('the law of redaction', () => {
  it('no secret of a config survives', () => {
    fc.assert(
      fc.property(
        secret,
        fc.constantFrom('database.password', 'x.secret', 'sasl.jaas.config', 'a.token'),
        (value, key) => {
          expect(redactEntry(key, value)).toBe(MASK);
        },
      ),
    );
  });

  it('no password in a URL survives, and its host does', () => {
    fc.assert(
      fc.property(secret, (value) => {
        const shown = redactText(`cannot reach postgres://sluice:${encodeURIComponent(value)}@db.example:5432/shop`);
        expect(shown).toBe(`cannot reach postgres://sluice:${MASK}@db.example:5432/shop`);
      }),
    );
  });

  it('is idempotent', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        expect(redactText(redactText(text))).toBe(redactText(text));
      }),
    );
  });
});

describe('where a finding is', () => {
  it.each([
    'connectors/gates-secret.json:1:207: the variable PW is not set',
    'secrets.yaml:3:4: connection.url is missing',
    'secrets.yaml:3:4 (gates-secret): connection.url is missing',
    'at load (app/token.js:12:34)',
  ])('is shown though the file is named like a secret: %s', (text) => expect(redactText(text)).toBe(text));

  it.each([
    ['gcs.credentials.json: geheim1', `gcs.credentials.json: ${MASK}`],
    ['"gcs.credentials.json":12:34', `"gcs.credentials.json":${MASK}`],
    ['secrets.yaml:geheim', `secrets.yaml:${MASK}`],
    ['secrets.yaml:3:4geheim', `secrets.yaml:${MASK}`],
    ['password:3:4', `password:${MASK}`],
    ['secrets.yaml:3:4: password=geheim', `secrets.yaml:3:4: password=${MASK}`],
  ])('leaves what is a secret masked: %s', (text, shown) => expect(redactText(text)).toBe(shown));
});
