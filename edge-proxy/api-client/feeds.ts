import { apiAddresses, isSameAccess, type RouteApiAccess } from "./addresses.ts";
import { ChangeFeed, type ChangeFeedOptions } from "./feed-follower.ts";

/** The feeds of a process: instances that ask the same route API share one. */
export interface Feeds {
  of(access: RouteApiAccess): ChangeFeed;
}

export function createFeeds(context: Omit<ChangeFeedOptions, "addresses">): Feeds {
  let feeds: { access: RouteApiAccess; feed: ChangeFeed }[] = [];
  return {
    of(access) {
      const known = feeds.find((each) => isSameAccess(each.access, access));
      if (known !== undefined) return known.feed;
      const feed = new ChangeFeed({ ...context, addresses: apiAddresses(access) });
      feeds = [...feeds.filter((each) => each.feed.followed), { access, feed }];
      return feed;
    },
  };
}
