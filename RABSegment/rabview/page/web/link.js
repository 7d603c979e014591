// Talking to the server.

export const trigger = (name, ...values) => window.trame.trigger(name, values);

// The same about a cine, and a segment of it: nothing is done where it is gone by the time that the server hears of it.
export const triggerOf = ({ cine, segment = "" }, name, ...values) => window.trame.trigger(name, values, { cine, segment });

// While a call is on its way the client of trame keeps to itself what the page sets. What is asked next is about that, so
// it goes before.
export function sendInOrder() {
  const ask = window.trame.trigger;
  window.trame.trigger = (...call) => {
    const { state, client } = window.trame;
    const changes = [...state.dirtyKeys].map((key) => ({ key, value: state.get(key) }));
    if (changes.length && client.isConnected()) {
      state.dirtyKeys.clear();
      client.getRemote().Trame.updateState(changes);
    }
    return ask(...call);
  };
}

// The variables of a part of the page: the fields of a dataclass in the server (variables.py).
function part(name) {
  const key = (field) => `${name}__${field}`;
  return new Proxy(
    {},
    {
      get(_target, field) {
        if (field === "onChange") return (name, call) => window.trame.state.watch([key(name)], call);
        const value = window.trame.state.get(key(field));
        if (value === undefined) throw new Error(`The server has no ${key(field)}.`);
        return value;
      },
      set(_target, field, value) {
        window.trame.state.set(key(field), value);
        return true;
      },
    },
  );
}

export const cine = part("CineState");
export const play = part("PlayState");
export const looks = part("LookState");
export const prompts = part("PromptState");
export const tools = part("ToolState");
export const segments = part("SegmentState");
export const marks = part("MarkState");
export const run = part("RunState");
export const scale = part("ScaleState");
export const fileState = part("FileState");
export const kept = part("KeptState");
export const study = part("StudyState");
export const watching = part("WatchState");

export const session = () => window.trame.client.getConnection().getSession();

// A function that sends its argument; while one is on its way only the last value waits, those between are dropped.
export function latest(send) {
  let isBusy = false;
  let waiting = [];
  async function run() {
    isBusy = true;
    while (waiting.length) {
      const value = waiting[0];
      waiting = [];
      try {
        await send(value);
      } catch (error) {
        console.warn(error);
      }
    }
    isBusy = false;
  }
  const sender = (value) => {
    waiting = [value];
    if (!isBusy) run();
  };
  sender.isIdle = () => !isBusy && !waiting.length;
  return sender;
}

const MOST_STEPS = 100; // that the server takes at once

// A function that sends whole steps, with where they are made; parts of one add up, and so do those that come while others
// are on their way.
export function inSteps(send) {
  let due = 0;
  let place = [];
  const sender = latest(async () => {
    const count = Math.max(-MOST_STEPS, Math.min(MOST_STEPS, Math.trunc(due)));
    due -= count;
    if (count) await send(count, ...place);
  });
  return (steps, ...where) => {
    due += steps;
    place = where;
    sender();
  };
}
