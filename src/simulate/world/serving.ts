/** What a station does with jobs: serve while a server is free, let wait while there is room, lose all in a crash. */
import { type EventQueue, schedule } from "../engine/event-queue.ts";
import { accountBusy, type Job, pushJob, type Station, serversNow, serviceMs, shiftJob } from "./station.ts";

/** Hands a job over. False when the queue is full: the station does not take it. Constant time. */
export function offer(queue: EventQueue, station: Station, job: Job): boolean {
  if (station.busy < serversNow(station)) begin(queue, station, job);
  else if (station.queue.count < station.queueLimit) pushJob(station.queue, job);
  else return false;
  job.station = station;
  return true;
}

/** Begins what may be begun: a server has become free, or servers came back. */
export function serveWaiting(queue: EventQueue, station: Station): void {
  while (station.busy < serversNow(station)) {
    const job = shiftJob(station.queue);
    if (job === null) return;
    begin(queue, station, job);
  }
}

/** The process dies: everything in it is lost at once. */
export function crash(queue: EventQueue, station: Station): void {
  accountBusy(station, queue.nowMs);
  const lost = station.serving.splice(0);
  station.busy = 0;
  for (let job = shiftJob(station.queue); job !== null; job = shiftJob(station.queue)) lost.push(job);
  for (const job of lost) {
    job.ticket += 1;
    job.onDone(job, false);
  }
}

function begin(queue: EventQueue, station: Station, job: Job): void {
  accountBusy(station, queue.nowMs);
  job.station = station;
  job.place = station.busy;
  station.serving[station.busy] = job;
  station.busy += 1;
  job.ticket += 1;
  schedule(queue, queue.nowMs + serviceMs(station, job, queue.nowMs), station.onServed, job, job.ticket);
}

/** The handler of a station's finished jobs; one per world. */
export function createOnServed(queue: EventQueue): (job: Job, ticket: number) => void {
  return (job, ticket) => {
    if (ticket !== job.ticket) return;
    const station = job.station!;
    accountBusy(station, queue.nowMs);
    station.busy -= 1;
    const last = station.serving.pop()!;
    if (last !== job) {
      station.serving[job.place] = last;
      last.place = job.place;
    }
    serveWaiting(queue, station);
    job.onDone(job, true);
  };
}
