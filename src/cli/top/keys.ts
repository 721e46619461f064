/** Keys as they are pressed, one by one. */
export interface Keys {
  /** Gives the terminal its own way of reading lines back. */
  end(): void;
}

type Input = Pick<NodeJS.ReadStream, "isTTY" | "setRawMode" | "on" | "off" | "resume" | "pause" | "setEncoding">;

/** Listens for keys on a terminal; elsewhere there are none. Ctrl-C is "\u0003" while this lasts: no signal comes. */
export function listenForKeys(onKey: (key: string) => void, input: Input = process.stdin): Keys {
  if (input.isTTY !== true) return { end() {} };
  const onData = (text: string) => {
    // An arrow or function key is one press of several characters, which mean nothing one by one.
    if (text.startsWith("\u001b") && text.length > 1) return;
    for (const key of text) onKey(key);
  };
  const giveBack = () => void input.setRawMode(false);
  process.on("exit", giveBack);
  input.setRawMode(true);
  input.setEncoding("utf8");
  input.on("data", onData);
  input.resume();
  return {
    end() {
      process.off("exit", giveBack);
      input.off("data", onData);
      giveBack();
      input.pause();
    },
  };
}
