import { remember, remembered } from '../shell/preferences.ts';

// Who acts at this desk: the name that others will read, and the broker's token where it asks for one. Kept by this
// browser.

export class Who {
  name = $state(remembered('operator-name') ?? '');
  token = $state(remembered('operator-token') ?? '');
  sound = $state(remembered('alert-sound') === 'on');

  setName(name: string): void {
    this.name = name.trim().slice(0, 60);
    remember('operator-name', this.name);
  }

  setToken(token: string): void {
    this.token = token.trim();
    remember('operator-token', this.token);
  }

  setSound(on: boolean): void {
    this.sound = on;
    remember('alert-sound', on ? 'on' : 'off');
  }
}
