import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { maskRowValues } from '../../../src/text/row-values.ts';

/** Messages as the servers and drivers wrote them; § encloses a value. */
const MESSAGES = [
  'ERROR: null value in column "total" of relation "orders" violates not-null constraint\n  Detail: Failing row contains (§13374, 13374.00, null§).',
  'ERROR: duplicate key value violates unique constraint "users_email"\n  Detail: Key (email)=(§ann@example.com§) already exists.',
  'insert or update on table "lines" violates foreign key constraint "f"\n  Detail: Key (a, b)=(§1, x)(§) is not present in table "orders".',
  'Detail: Key (lower(card))=(§4111 1111§) already exists.',
  'Detail: Key (card, b)=(§a, b§) conflicts with existing key (card, b)=(§a, b§).',
  'DETAIL:  Schlüssel »(id)=(§4711§)« existiert bereits.',
  'DETAIL:  Fehlgeschlagene Zeile enthält (§1, Ann§).',
  'ERROR: invalid input syntax for type json\n  Detail: Token "§Ann§" is invalid.\n  Where: JSON data, line 1: §Ann...§',
  "java.time.format.DateTimeParseException: Text '§31.12.1999§' could not be parsed at index 0",
  'Not a valid enum symbol: §Ann§',
  'ERROR: invalid input syntax for type integer: "§4111 1111§"',
  'ERROR: invalid input value for enum mood: "§secret§"',
  'ERROR: value "§99999999999§" is out of range for type integer',
  'ERROR: date/time field value out of range: "§2024-13-01§"',
  'Batch entry 0 INSERT INTO "orders"§("id","name") VALUES ((\'1\'::int8),(\'Ann\'))§ was aborted: ERROR: x  Call getNextException',
  'Batch entry 3 UPDATE "orders"§ SET "name" = (\'Ann\') WHERE "id" = (\'1\')§ was aborted: ERROR: x',
  "Duplicate entry '§ann@example.com§' for key 'users.email'",
  "Incorrect integer value: '§it's me§' for column 'n' at row 1",
  "Data truncation: Incorrect datetime value: '§0000-13-01§' for column 'at' at row 1",
  "Cannot insert duplicate key row in object 'dbo.users' with unique index 'u'. The duplicate key value is (§ann@example.com§).",
  "Conversion failed when converting the nvarchar value '§Ann§' to data type int.",
  "String or binary data would be truncated in table 'shop.dbo.users', column 'name'. Truncated value: '§Anna Maria§'.",
  'E11000 duplicate key error collection: shop.users index: email_1 dup key: {§ email: "ann@example.com" §}',
  'java.lang.NumberFormatException: For input string: "§12a§"',
  "Unrecognized token '§Ann§': was expecting (JSON String, Number)",
  'Exception for SinkRecord{§kafkaOffset=1, value=Struct{id=1,name=Ann}§} ConnectRecord',
  'Invalid value: Struct{§id=1,name=Ann§}',
  // Other languages, as PostgreSQL 17 with lc_messages, MySQL with lc_messages and SQL Server write them.
  'FEHLER: ungültige Eingabesyntax für Typ integer: »§Ann§«',
  'FEHLER: ungültiger Eingabewert für Enum mood: »§geheim§«',
  'FEHLER: Wert »§99999999999§« ist außerhalb des gültigen Bereichs für Typ integer',
  'ERREUR: syntaxe en entrée invalide pour le type integer : « §Ann §»',
  'ERROR: la sintaxis de entrada no es válida para tipo integer: «§Ann§»',
  'ОШИБКА: неверный синтаксис для типа integer: "§Ann§"',
  'ОШИБКА: значение "§99999999999§" вне диапазона для типа integer',
  '错误: 无效的类型 integer 输入语法: "§Ann§"',
  "java.sql.SQLIntegrityConstraintViolationException: Doppelter Eintrag '§ann@example.com§' für Schlüssel 'users.email'",
  "java.sql.SQLIntegrityConstraintViolationException: (conn=7) Duplicata du champ '§Ann§' pour la clef 'email'",
  'SQLServerException: Eine Zeile mit doppeltem Schlüssel kann in das dbo.t-Objekt mit dem eindeutigen Index "u" nicht eingefügt werden. Der doppelte Schlüsselwert ist (§Ann§).',
  "SQLServerException: Fehler beim Konvertieren des varchar-Werts '§Ann§' in den int-Datentyp.",
  // Functions and triggers.
  'Caused by: org.postgresql.util.PSQLException: ERROR: §order 7 of Ann is too large§\n  Where: PL/pgSQL function check_order() line 3 at RAISE',
  'x was aborted: FEHLER: §Bestellung 7 von Ann ist zu groß\n  Detail: Ann§\n  Wobei: PL/pgSQL-Funktion check_order() Zeile 3 bei RAISE  Call getNextException',
  'ERROR: x\n  Where: SQL statement "§INSERT INTO audit VALUES (\'Ann\')§"\nPL/pgSQL function f() line 3 at EXECUTE',
].map((text) => {
  const parts = text.split('§');
  const masked = parts.map((part, at) => (at % 2 === 1 ? '********' : part)).join('');
  const [before = '', , after = ''] = parts;
  return { text: text.replaceAll('§', ''), masked, before, after, single: parts.length === 3 };
});

describe('maskRowValues', () => {
  it.each(MESSAGES)('masks the value, and only that: $text', ({ text, masked }) => {
    expect(maskRowValues(text)).toBe(masked);
  });

  it('masks each message of a stack trace, and leaves the frames', () => {
    const trace = MESSAGES.map(({ text }) => `Caused by: x.Y: ${text}\n\tat a.B.c(B.java:1)\n\t... 12 more`).join('\n');
    const masked = maskRowValues(trace);
    expect(masked.match(/\n\tat a\.B\.c\(B\.java:1\)\n\t\.\.\. 12 more/g)).toHaveLength(MESSAGES.length);
    for (const secret of ['13374', 'ann@example.com', 'Ann', '4111', "it's me", '12a'])
      expect(masked).not.toContain(secret);
  });

  it('leaves what quotes no value', () => {
    for (const text of [
      'ERROR: relation "orders" does not exist',
      "Table 'shop.orders' doesn't exist",
      'password authentication failed for user "sluice"',
      'FEHLER: Relation »orders« existiert nicht',
      'FEHLER: NULL-Wert in Spalte »total« von Relation »orders« verletzt Not-Null-Constraint',
      'FATAL: Passwort-Authentifizierung für Benutzer »sluice« fehlgeschlagen',
      'ERROR: could not access file "decoderbufs": No such file or directory',
      "SQLServerException: Cannot insert the value NULL into column 'name', table 'shop.dbo.users'; column does not allow nulls. INSERT fails.",
      "SQLServerException: Login failed for user 'sluice'. ClientConnectionId:1",
      'SQLServerException: The TCP/IP connection to the host x, port 1433 has failed. Error: "Connection refused."',
      "SQLIntegrityConstraintViolationException: Column 'name' cannot be null",
      "SQLIntegrityConstraintViolationException: Field 'name' doesn't have a default value",
      'java.nio.file.NoSuchFileException: /data/x.txt\n\tat a.B.c(B.java:1)',
    ])
      expect(maskRowValues(text)).toBe(text);
  });

  it('masks values that contain the text that follows values', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...MESSAGES),
        fc.array(fc.constantFrom(')', '"', '}', '(', ' ', 'zq')),
        (one, pieces) => {
          const secret = `zq${pieces.join('')}zq`;
          // A message that ends with the value's own end.
          fc.pre(one.single && /^[)"}]\.?$/.test(one.after));
          expect(maskRowValues(`${one.before}${secret}${one.after}`)).not.toContain('zq');
        },
      ),
    );
  });

  // Reading a part again and again would take hours: what ends at all is linear, on any machine.
  it.each([
    'Failing row contains (',
    'Key (a)=(',
    'Batch entry 1 ',
    'Struct{',
    'value "',
    "' for key",
    'ERROR: x',
    '\n a: ',
    'SQLServerException: aaaaaaaaaaaaaaaaaaaaa',
    "IntegrityConstraintViolationException: '",
  ])('reads 5 MB of %j once', (piece) => {
    maskRowValues(piece.repeat(5_000_000 / piece.length));
  });
});
