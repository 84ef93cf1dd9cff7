import { describe, expect, it } from "vitest";
import { parseCsv } from "../../examples/support/csv.js";

describe("parseCsv", () => {
  it.each([
    ["plain fields", "a,b\n1,2\n", [{ a: "1", b: "2" }]],
    ["no line break at the end", "a,b\n1,2", [{ a: "1", b: "2" }]],
    ["CRLF and a byte order mark", "\ufeffa,b\r\n1,2\r\n", [{ a: "1", b: "2" }]],
    ["an empty field as null, quoted as empty text", 'a,b,c\n,"",\n', [{ a: null, b: "", c: null }]],
    ["an empty field at the very end", "a,b\n1,", [{ a: "1", b: null }]],
    [
      "commas, quotes and line breaks in quotes",
      'a,b\n"x, y","say ""hi""\nnow"\n',
      [{ a: "x, y", b: 'say "hi"\nnow' }],
    ],
    ["empty lines as nothing", "a,b\n\n1,2\n\n", [{ a: "1", b: "2" }]],
    ["spaces as they are", "a,b\n 1 , 2\n", [{ a: " 1 ", b: " 2" }]],
    ["a header alone", "a,b\n", []],
    ["nothing", "", []],
  ])("reads %s", (_, text, records) => {
    expect(parseCsv(text)).toEqual(records);
  });

  it("names the line of a record with the wrong number of fields, line breaks in quotes counted", () => {
    expect(() => parseCsv('a,b\n"1\n1",2\n3\n')).toThrow("CSV line 4 has 1 fields; the header has 2.");
  });

  it.each(['a\nb"c\n', 'a\n"b"c\n', 'a\n"never closed\n'])("refuses a misplaced quote: %j", (text) => {
    expect(() => parseCsv(text)).toThrow("CSV line 2 has a quote");
  });

  it("reads a field of a million quotes without running out of stack", () => {
    expect(parseCsv(`a\n"${'""'.repeat(1e6)}"\n`)[0]!.a).toHaveLength(1e6);
  });
});
