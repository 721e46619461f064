/** One large body through a contender, either way, checked for its length. */
import { Agent, request as httpRequest } from "node:http";

export type Direction = "down" | "up";

const CHUNK = Buffer.alloc(64 * 1_024, "x");

/** Seconds that a body of so many bytes takes. Throws when it did not arrive whole. */
export async function transfer(url: string, direction: Direction, bytes: number): Promise<number> {
  const agent = new Agent({ keepAlive: false });
  const startedAt = performance.now();
  const arrived = direction === "down" ? await download(url, bytes, agent) : await upload(url, bytes, agent);
  const seconds = (performance.now() - startedAt) / 1_000;
  agent.destroy();
  if (arrived !== bytes) throw new Error(`${arrived} of ${bytes} bytes arrived (${direction})`);
  return seconds;
}

function download(url: string, bytes: number, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const asked = httpRequest(`${url}/large/body?bytes=${bytes}`, { agent }, (answer) => {
      let arrived = 0;
      answer.on("data", (chunk: Buffer) => {
        arrived += chunk.length;
      });
      answer.on("end", () => resolve(arrived));
      answer.on("error", reject);
    });
    asked.on("error", reject);
    asked.end();
  });
}

/** What the origin says that it got. */
function upload(url: string, bytes: number, agent: Agent): Promise<number> {
  return new Promise((resolve, reject) => {
    const headers = { "content-type": "application/octet-stream", "content-length": bytes };
    const asked = httpRequest(`${url}/large/body`, { agent, method: "POST", headers }, (answer) => {
      let text = "";
      answer.setEncoding("utf8");
      answer.on("data", (chunk: string) => {
        text += chunk;
      });
      answer.on("end", () => resolve(Number(text)));
      answer.on("error", reject);
    });
    asked.on("error", reject);
    let left = bytes;
    const go = () => {
      while (left > 0) {
        const chunk = left >= CHUNK.length ? CHUNK : CHUNK.subarray(0, left);
        left -= chunk.length;
        if (!asked.write(chunk)) return;
      }
      asked.end();
    };
    asked.on("drain", go);
    go();
  });
}
