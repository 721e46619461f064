import { describe, expect, it } from "vitest";
import { Notes } from "../../../../src/import/proxy/notes.ts";
import { SourceNode } from "../../../../src/import/proxy/source-node.ts";

const NAME = { file: "a.yaml", kind: "Thing", name: "default/a" };

function read(value: Record<string, unknown>, look: (node: SourceNode) => void): readonly string[] {
  const notes = new Notes();
  const node = new SourceNode(value, { notes, document: 0, path: [] });
  look(node);
  node.finish();
  return notes.findings(() => NAME).map(({ severity, path }) => `${severity} ${path}`);
}

describe("a source node", () => {
  it("lists what nobody asked for, at any depth, and nothing else", () => {
    const value = { a: 1, b: { c: "x", d: { e: 1 } }, list: [{ f: 1, g: 2 }] };
    const found = read(value, (node) => {
      node.number("a");
      node.object("b")?.text("c");
      node.objects("list")[0]?.number("g");
    });
    expect(found).toEqual(["dropped b.d", "dropped list[0].f"]);
  });

  it("remembers what was asked for when a field is read again", () => {
    const found = read({ a: { b: 1 } }, (node) => {
      node.object("a")?.number("b");
      node.object("a");
    });
    expect(found).toEqual([]);
  });

  it("finds fields of the wrong type, and then says nothing else of the document", () => {
    const found = read({ a: "1", b: [1], c: "soon", d: 4, e: "unread" }, (node) => {
      node.flag("a");
      node.object("b");
      node.durationMs("c");
      node.texts("d");
    });
    expect(found).toEqual(["invalid a", "invalid b", "invalid c", "invalid d"]);
  });

  it("lists nothing of what was passed over, unless it was claimed elsewhere", () => {
    const value = { a: { x: 1 }, b: { x: 1 } };
    const found = read(value, (node) => {
      node.object("a")?.pass();
      node.object("b")?.pass();
      node.object("b")?.claim();
    });
    expect(found).toEqual(["dropped b.x"]);
  });

  it("reads numbers as text, and durations as Go and protobuf write them", () => {
    const node = new SourceNode({ n: "7", d: "1m1.5s", zero: "0s" }, { notes: new Notes(), document: 0, path: [] });
    expect([node.number("n"), node.durationMs("d"), node.durationMs("zero")]).toEqual([7, 61_500, 0]);
  });
});
