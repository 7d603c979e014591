// Talking to the server.

export const trigger = (name, ...values) => window.trame.trigger(name, values);

export const state = (name) => window.trame.state.get(name);

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
