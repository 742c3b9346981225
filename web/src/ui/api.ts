import { Api } from '../client/index.js';

export const api = new Api((url, init) => fetch(url, { ...init, credentials: 'same-origin' }));
