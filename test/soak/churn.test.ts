import t from 'tap';
import { checkChurn } from '../signaling/churn.js';

t.setTimeout(300_000);
t.test('ten joins and leaves a second for a minute', { timeout: 280_000 }, (t) => checkChurn(t, 60));
