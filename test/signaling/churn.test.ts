import t from 'tap';
import { checkChurn } from './churn.js';

t.test('people who come and go leave nothing behind', { timeout: 120_000 }, (t) => checkChurn(t, 6));
