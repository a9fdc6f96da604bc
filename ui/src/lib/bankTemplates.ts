// Templates of banks that come with Rearview: what a new bank may be set up as. Each is plain JSON in the form that
// every Hindsight server takes; a person can read all of it before it is used.

export interface BuiltIn {
  id: string;
  label: string;
  detail: string;
  template: Record<string, unknown>;
}

export const BUILT_IN: readonly BuiltIn[] = [
  {
    id: 'person',
    label: 'One person',
    detail: 'Preferences, people, plans and decisions of one person.',
    template: {
      version: '1',
      bank: {
        retain_mission:
          'Keep what stays true about the person: preferences, people and how they relate, plans with their dates, decisions and the reasons. Leave out small talk and what was only asked.',
        reflect_mission:
          'You know one person over years. Answer from what is remembered, name dates, and say when something may be out of date.',
        observations_mission:
          'Merge facts about the same habit, relation or plan. When a newer fact contradicts an older one, keep the newer and say since when.',
        disposition_empathy: 4,
      },
    },
  },
  {
    id: 'project',
    label: 'A project',
    detail: 'Decisions, open questions, owners and dates of a team.',
    template: {
      version: '1',
      bank: {
        retain_mission:
          'Keep decisions with their reasons and who took them, open questions, owners, dates and changes of scope. Name people and parts of the project as they are named in the text.',
        reflect_mission:
          'You are the memory of a project. State decisions with date and owner first, then what is open. Never guess an owner.',
        observations_mission:
          'One observation for each decision or open question; update it when it is changed or closed, with the date.',
        disposition_literalism: 4,
      },
      directives: [
        {
          name: 'Say what is not decided',
          content:
            'When something was discussed and not decided, say so instead of naming the likeliest option.',
          priority: 5,
        },
      ],
    },
  },
  {
    id: 'support',
    label: 'Customers and support',
    detail: 'Products, problems and what solved them, without personal data.',
    template: {
      version: '1',
      bank: {
        retain_mission:
          'Keep which product and version, what went wrong, what was tried, what solved it. Leave out names, addresses, payment data and anything secret.',
        reflect_mission:
          'You help support. Give the known solution first, with the versions it holds for, then what did not help.',
        observations_mission:
          'Merge reports of the same problem and count them; keep the solution that worked last.',
        disposition_skepticism: 4,
      },
    },
  },
  {
    id: 'notes',
    label: 'Notes and documents',
    detail: 'Every text is kept as it is, with nothing rewritten.',
    template: {
      version: '1',
      bank: { retain_extraction_mode: 'verbatim', enable_observations: false },
    },
  },
];
