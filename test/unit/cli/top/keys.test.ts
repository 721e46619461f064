import { EventEmitter } from "node:events";
import { describe, expect, it } from "vitest";
import { listenForKeys } from "../../../../src/cli/top/keys.ts";

/** The part of a terminal's input that is used, with what was asked of it. */
class Input extends EventEmitter {
  readonly isTTY: boolean;
  readonly asked: string[] = [];
  constructor(isTTY: boolean) {
    super();
    this.isTTY = isTTY;
  }
  setRawMode(isRaw: boolean) {
    this.asked.push(`raw ${isRaw}`);
    return this;
  }
  setEncoding() {
    return this;
  }
  resume() {
    this.asked.push("resume");
    return this;
  }
  pause() {
    this.asked.push("pause");
    return this;
  }
}

const listen = (input: Input) => {
  const pressed: string[] = [];
  return { pressed, keys: listenForKeys((key) => pressed.push(key), input as never) };
};

describe("keys", () => {
  it("come one by one, and those of several characters not at all", () => {
    const input = new Input(true);
    const { pressed, keys } = listen(input);
    for (const text of ["q", "tf", "\u001b[A", "\u0003"]) input.emit("data", text);
    keys.end();
    expect(pressed).toEqual(["q", "t", "f", "\u0003"]);
  });

  it("leave the terminal as it was", () => {
    const input = new Input(true);
    const before = process.listeners("exit").length;
    const { pressed, keys } = listen(input);
    keys.end();
    input.emit("data", "q");
    expect(pressed).toEqual([]);
    expect(input.asked).toEqual(["raw true", "resume", "raw false", "pause"]);
    expect(process.listeners("exit")).toHaveLength(before);
  });

  it("do not come from a pipe", () => {
    const input = new Input(false);
    listen(input).keys.end();
    expect(input.asked).toEqual([]);
  });
});
